"""WAV files at the border of the SIP stack: is one complete, how long and loud is it, telephone sounds made playable.

Owns the format (8 kHz, mono, 16 bit PCM); must not know who recorded what.
"""

from __future__ import annotations

import os
import tempfile
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from calls.g711 import Samples, from_ulaw

RATE: Final = 8000
_HEADER: Final = 44
_FRAME: Final = RATE // 50


def is_complete(path: Path) -> bool:
    """Return whether the header is written and agrees with the file's size (a file never begun counts as complete)."""
    try:
        with path.open("rb") as file:
            head = file.read(8)
        size = path.stat().st_size
    except FileNotFoundError:
        return True
    return size >= _HEADER and head[:4] == b"RIFF" and int.from_bytes(head[4:8], "little") + 8 == size


def read_wav(path: Path) -> Samples:
    """Return the samples of an 8 kHz mono 16 bit file. Raises ValueError or OSError."""
    try:
        with wave.open(str(path), "rb") as file:
            if (file.getnchannels(), file.getsampwidth(), file.getframerate()) != (1, 2, RATE):
                raise ValueError(f"{path}: not 8 kHz mono 16 bit")
            return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    except (wave.Error, EOFError) as error:
        raise ValueError(f"{path}: {error}") from error


def write_wav(path: Path, samples: Samples) -> None:
    """Write the file at once or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".wav-")
    try:
        with os.fdopen(handle, "wb") as raw, wave.open(raw, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(samples.astype("<i2").tobytes())
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def playable(stem: Path) -> Path:
    """Return the WAV file of a sound given without extension, made from its `.ulaw` when missing. Raises OSError."""
    wav, ulaw = (stem.with_name(f"{stem.name}.{extension}") for extension in ("wav", "ulaw"))
    if not wav.exists():
        write_wav(wav, from_ulaw(ulaw.read_bytes()))
    return wav


@dataclass(frozen=True, slots=True)
class Heard:
    """What a recording holds. `level` is the loudest frame's RMS in dBFS (−99 = digital silence); times in seconds."""

    seconds: float
    level: float
    sounds: tuple[tuple[float, float], ...]
    """(begin, end) of each stretch of sound; pauses under 0.35 s belong to it."""

    @property
    def audible(self) -> bool:
        """Whether anybody would hear something."""
        return bool(self.sounds)

    @property
    def cut(self) -> bool:
        """Whether it ends in the middle of a sound: the last frame is as audible as speech."""
        return bool(self.sounds) and self.seconds - self.sounds[-1][1] < 0.02


def listen(path: Path, *, audible_dbfs: float = -45.0, gap: float = 0.35) -> Heard:
    """Measure a recording by 20 ms frames. Raises ValueError or OSError."""
    samples = read_wav(path)
    whole = len(samples) // _FRAME * _FRAME
    if not whole:
        return Heard(len(samples) / RATE, -99.0, ())
    frames = samples[:whole].reshape(-1, _FRAME).astype(np.float64) / 32768
    levels = 20 * np.log10(np.sqrt((frames**2).mean(axis=1)) + 1.2e-5)
    sounds: list[tuple[float, float]] = []
    for index in np.flatnonzero(levels >= audible_dbfs):
        begin, end = float(index) * 0.02, float(index + 1) * 0.02
        if sounds and begin - sounds[-1][1] < gap:
            sounds[-1] = (sounds[-1][0], end)
        else:
            sounds.append((begin, end))
    return Heard(len(samples) / RATE, float(levels.max()), tuple(sounds))


def mend(path: Path) -> float:
    """Give a recording whose writer was killed its header; return its seconds. Raises OSError."""
    if not is_complete(path):
        data = path.read_bytes()[_HEADER:]
        write_wav(path, np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2"))
    return max(path.stat().st_size - _HEADER, 0) / 2 / RATE
