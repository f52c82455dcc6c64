"""Sounds that a program can tell apart: every prompt is a tone, and the tone says which prompt it is.

A listening caller so knows what the telephone says to him, down to the digits of his case number, and reacts as people
do. Owns the code of tones, their writing and their hearing; must not know calls.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from calls.g711 import from_ulaw, to_alaw, to_ulaw

RATE: Final = 8000
PACKET: Final = 160
"""Samples in a packet of 20 ms: a tone of n × 50 Hz falls into bin n."""
_BIN: Final = RATE / PACKET
_LOUD: Final = 500.0
_LASTING: Final = 3
_APART: Final = 2

SPEECH: Final = "speech"
"""Any prompt without a tone of its own."""
DIGIT: Final = "digits."
_CODED: Final = (
    SPEECH,
    *(f"{DIGIT}{digit}" for digit in range(10)),
    "language.choose",
    "menu.main",
    "info.topics",
    "info.after",
    "message.number",
    "message.pin",
    "message.after",
    "message.again",
    "beep",
    "fallback.message",
    "fallback.thanks",
    "goodbye",
)
_HERTZ: Final = {name: 400.0 + 100.0 * place for place, name in enumerate(_CODED)}
_NAMES: Final = {round(hertz / _BIN): name for name, hertz in _HERTZ.items()}
_SAME: Final = {"menu.main_short": "menu.main", "info.topics_short": "info.topics"}
_SECONDS: Final = 0.5
_DIGIT_SECONDS: Final = 0.2


def write_sounds(library: Path) -> None:
    """Turn every prompt below `library` (a copy!) into its tone, in both formats of the telephone."""
    for path in library.rglob("*.ulaw"):
        name = _SAME.get(path.stem, path.stem)
        seconds = _DIGIT_SECONDS if name.startswith(DIGIT) or name == "beep" else _SECONDS
        samples = _tone(_HERTZ.get(name, _HERTZ[SPEECH]), seconds)
        path.write_bytes(to_ulaw(samples))
        path.with_suffix(".alaw").write_bytes(to_alaw(samples))


def voice(packets: int) -> list[bytes]:
    """Return that many packets of a caller's voice, for ever continued by repeating them."""
    sound = to_ulaw(_tone(300.0, packets * PACKET / RATE))
    return [sound[start : start + PACKET] for start in range(0, len(sound), PACKET)]


def _tone(hertz: float, seconds: float) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    phase = 2 * np.pi * hertz * np.arange(int(RATE * seconds)) / RATE
    return np.asarray(8000 * np.sin(phase), dtype=np.int16)


def heard_in(payload: bytes) -> str | None:
    """Return the name of the tone in a packet of mu-law, `speech` for any other sound, None for silence."""
    samples = np.asarray(from_ulaw(payload), dtype=np.float64)
    if len(samples) < PACKET or np.abs(samples).max() < _LOUD:
        return None
    strengths = np.abs(np.fft.rfft(samples[:PACKET]))
    return _NAMES.get(int(strengths[1:].argmax()) + 1, SPEECH)


@dataclass(slots=True)
class Ear:
    """Turns packets into what was said. `said` grows by one name each time that another sound begins."""

    said: list[str] = field(default_factory=list)
    _now: str | None = None
    _run: int = 0
    _silent: int = 0

    def take(self, payload: bytes) -> tuple[bool, str | None]:
        """Take one packet; return whether it is audible, and the name of a sound that has just been recognised."""
        name = heard_in(payload)
        if name is None:
            self._silent += 1
            if self._silent >= _APART:
                self._now, self._run = None, 0
            return False, None
        self._silent = 0
        if name != self._now:
            self._now, self._run = name, 0
        self._run += 1
        if self._run != _LASTING:
            return True, None
        self.said.append(name)
        return True, name

    def pause(self) -> None:
        """No packet came for a while: what follows is said anew, though it may be the same."""
        self._now, self._run = None, 0

    def numbers(self, after: str) -> list[str]:
        """Return the digits that followed each `after`."""
        found: list[str] = []
        digits: list[str] | None = None
        for name in [*self.said, ""]:
            if digits is not None and name.startswith(DIGIT):
                digits.append(name.removeprefix(DIGIT))
                continue
            if digits:
                found.append("".join(digits))
            digits = [] if name == after else None
        return found
