"""From prompts to the one sound file that a step plays. Owns the joining of sounds; must not know channels or flows.

`GET DATA` takes one file, and each AGI command costs the PBX more than anything else does. So a step's sounds are
joined into one file: G.711 has no header, joining is plain concatenation. A joined file is kept, by content, in a
bounded folder of this process's own.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import logging
import os
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from calls.ports import SentenceSpeaker, SpeechError
from ivr.prompts import Digits, Prompt, PromptId, Sentence, Sound

_log = logging.getLogger(__name__)

BYTES_PER_SECOND: Final = 8000
DIGIT_GAP: Final = 0.12
"""Silence after each digit read out, in seconds: run together, digits cannot be written down."""
_SILENCE: Final = {".ulaw": b"\xff", ".alaw": b"\xd5"}


_LOOK_AGAIN_S: Final = 1.0
_KEPT_BYTES: Final = 8000
_MOST_KEPT: Final = 400
_MOST_LOOKED_AT: Final = 5000


class SoundMissing(Exception):
    """A sound cannot be played; the text says which and why."""


@dataclass(frozen=True, slots=True)
class PlayableSound:
    """`path`: absolute, without extension. `seconds`: its length, that of `before` not included.

    `before`: sounds to play first, one by one. It is empty unless the disk takes no joined file.
    """

    path: str
    seconds: float
    before: tuple[PlayableSound, ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    path: str
    gap: bool = False


class Sounds:
    """Finds and joins sounds. `library` holds `<language>/<prompt id>.ulaw|.alaw`; `joined` is emptied at start."""

    def __init__(
        self,
        library: Path,
        joined: Path,
        speaker: SentenceSpeaker,
        *,
        speak_time: float = 2.0,
        most_joined: int = 2000,
        digit_gap: float = DIGIT_GAP,
    ) -> None:
        self._library = library
        self._joined = joined
        self._speaker = speaker
        self._speak_time = speak_time
        self._most_joined = most_joined
        self._gap_bytes = int(digit_gap * BYTES_PER_SECOND)
        self._made: OrderedDict[tuple[object, ...], PlayableSound] = OrderedDict()
        self._fresh = itertools.count()
        self._looked_at: dict[str, tuple[float, int, int]] = {}
        self._kept: dict[str, tuple[int, bytes]] = {}
        joined.mkdir(parents=True, exist_ok=True)
        for left_over in (*joined.glob("*.?law"), *joined.glob("*.new")):
            left_over.unlink(missing_ok=True)

    async def playable(self, prompts: Sequence[Prompt], language: str) -> PlayableSound:
        """Return one sound that says all `prompts` (at least one). Raises SoundMissing."""
        parts: list[_Part] = []
        for prompt in prompts:
            parts.extend(await self._parts_of(prompt, language))
        if not parts:
            raise SoundMissing("nothing to say")
        if len(parts) == 1 and not parts[0].gap:
            return PlayableSound(parts[0].path, self._size_and_age(parts[0].path)[0] / BYTES_PER_SECOND)
        key = tuple((part.path, part.gap, self._size_and_age(part.path)) for part in parts)
        made = self._made.get(key)
        if made is None:
            name = hashlib.sha256(repr(key).encode()).hexdigest()[:32]
            made = await asyncio.to_thread(self._join, name, parts)
            if made.before:
                return made
            self._made[key] = made
            while len(self._made) > self._most_joined:
                _forget(self._made.popitem(last=False)[1])
        else:
            self._made.move_to_end(key)
        return made

    async def _parts_of(self, prompt: Prompt, language: str) -> list[_Part]:
        match prompt:
            case PromptId(id=name, language=own):
                return [_Part(f"{self._library}/{own or language}/{name}")]
            case Digits(digits=digits):
                return [_Part(f"{self._library}/{language}/digits.{digit}", gap=True) for digit in digits]
            case Sound(path=path):
                return [_Part(path)]
            case Sentence(text=text, language=own):
                try:
                    async with asyncio.timeout(self._speak_time):
                        return [_Part(str(await self._speaker.speak(text, own or language)))]
                except TimeoutError:
                    raise SoundMissing(f"no speech within {self._speak_time} s") from None
                except (SpeechError, OSError) as error:
                    raise SoundMissing(f"no speech: {error}") from error

    def _size_and_age(self, path: str) -> tuple[int, int]:
        """Return (bytes, modification time) of the sound: a prompt made anew is joined anew, a second later."""
        now = time.monotonic()
        seen = self._looked_at.get(path)
        if seen is not None and now - seen[0] < _LOOK_AGAIN_S:
            return seen[1], seen[2]
        if len(self._looked_at) > _MOST_LOOKED_AT:
            self._looked_at.clear()
        for extension in _SILENCE:
            try:
                found = os.stat(path + extension)
            except OSError:
                continue
            self._looked_at[path] = now, found.st_size, found.st_mtime_ns
            return found.st_size, found.st_mtime_ns
        raise SoundMissing(f"no sound {path} (.ulaw or .alaw): build the prompts")

    def _apart(self, parts: Sequence[_Part]) -> PlayableSound:
        sounds = [PlayableSound(part.path, self._size_and_age(part.path)[0] / BYTES_PER_SECOND) for part in parts]
        return PlayableSound(sounds[-1].path, sounds[-1].seconds, tuple(sounds[:-1]))

    def _join(self, name: str, parts: Sequence[_Part]) -> PlayableSound:
        stem = self._joined / name
        length = 0
        for extension, silence in _SILENCE.items():
            try:
                pieces = [
                    self._bytes_of(part.path + extension) + silence * (self._gap_bytes * part.gap) for part in parts
                ]
            except OSError:
                continue
            data = b"".join(pieces)
            length = len(data)
            fresh = f"{self._joined}/{next(self._fresh)}.new"  # calls may join the same sounds at the same time
            try:
                with open(fresh, "wb") as file:
                    file.write(data)
                os.replace(fresh, f"{stem}{extension}")
            except OSError as error:
                Path(fresh).unlink(missing_ok=True)
                _log.error("%s takes no joined sound, its parts are played one by one: %s", self._joined, error)
                return self._apart(parts)
        if not length:
            raise SoundMissing(f"the sounds to join share no format: {', '.join(part.path for part in parts)[:300]}")
        return PlayableSound(str(stem), length / BYTES_PER_SECOND)

    def _bytes_of(self, file: str) -> bytes:
        """Return a sound's bytes. Those of digits are kept: every case number and PIN is made of the same ten."""
        age = os.stat(file).st_mtime_ns
        kept = self._kept.get(file)
        if kept is not None and kept[0] == age:
            return kept[1]
        with open(file, "rb", buffering=0) as sound:
            data = sound.read()
        if len(data) <= _KEPT_BYTES and len(self._kept) < _MOST_KEPT:
            self._kept[file] = age, data
        return data


def _forget(sound: PlayableSound) -> None:
    """Remove a joined file. A channel that is playing it has it open and plays on."""
    for extension in _SILENCE:
        Path(sound.path + extension).unlink(missing_ok=True)
