"""Tells a person at the command line what a simulated telephone hears. Owns the words; must not know SIP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dispatch.wav_files import Heard, listen

Say = Callable[[str], None]
"""Shows one line to the person at the command line."""

Transcribe = Callable[[Path], Sequence[str]]
"""WAV file → the words in it, where a recogniser is installed; runs in an executor."""


@dataclass(slots=True)
class HearingReport:
    """Turns a call's events into lines: `  2.4 s  sound`, `  7.9 s  silence`."""

    say: Say
    begun: float = field(default_factory=time.monotonic)

    def take(self, event: dict[str, Any]) -> None:
        """Show one event, when it is worth a line."""
        match event["event"], event.get("value"):
            case "sounding", [True, *_]:
                self._line("sound")
            case "sounding", _:
                self._line("silence")
            case "key", key:
                self._line(f"key {key}")
            case "held", True:
                self._line("on hold")
            case "answered", _:
                self._line("answered")
            case "ended", [code, reason]:
                self._line(f"ended: {code} {reason}")

    def _line(self, text: str) -> None:
        self.say(f"{time.monotonic() - self.begun:6.1f} s  {text}")


@dataclass(frozen=True, slots=True)
class CallResult:
    """What a simulated telephone has to tell: whether it was answered, what it heard, where the audio is."""

    answered: bool
    heard: Heard | None
    audio: Path | None
    keys_pressed: str = ""
    keys_heard: str = ""
    words: tuple[str, ...] = ()
    ended: str = ""

    @property
    def audible(self) -> bool:
        """Whether anything was heard."""
        return self.heard is not None and self.heard.audible

    def lines(self) -> list[str]:
        """Return the result in words."""
        if not self.answered:
            return [f"not answered: {self.ended}"]
        if self.heard is None or self.audio is None:
            return ["answered, nothing recorded"]
        sounding = sum(end - begin for begin, end in self.heard.sounds)
        audible = "audible" if self.heard.audible else "SILENT"
        cut = ", CUT in the middle of a sound" if self.heard.cut else ""
        lines = [
            f"heard {self.heard.seconds:.1f} s, {audible}{cut}: sound {sounding:.1f} s in {len(self.heard.sounds)} "
            f"stretches, loudest {self.heard.level:.0f} dBFS",
            f"audio: {self.audio}",
        ]
        return lines + ([f"words: {' '.join(self.words)}"] if self.words else [])


async def measured(
    audio: Path, *, transcribe: Transcribe | None, keys_pressed: str = "", keys_heard: str = "", ended: str = ""
) -> CallResult:
    """Measure what was recorded and return the result of an answered call."""
    try:
        heard: Heard | None = await asyncio.to_thread(listen, audio)
    except (OSError, ValueError):
        heard = None
    words = tuple(await asyncio.to_thread(transcribe, audio)) if transcribe is not None and heard is not None else ()
    return CallResult(True, heard, audio, keys_pressed, keys_heard, words, ended)
