"""What a telephone WAV file sounds like: length, loudness, tones. Must not know calls or the database."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recordings.repair import repair_file
from recordings.riff import read_header

FRAME_SECONDS = 0.02
SILENT_BELOW = 0.004
"""Of full scale (-48 dB): line noise lies below, any speech above."""


@dataclass(frozen=True, slots=True)
class Levels:
    """Loudness, 0–1 of full scale; `sounding`: share of 20 ms frames that are not silent; pauses in seconds."""

    peak: float
    rms: float
    sounding: float
    longest_silence: float

    @property
    def audible(self) -> bool:
        """True when a listener would hear something."""
        return self.sounding > 0.02 and self.peak > 2 * SILENT_BELOW


def read_samples(path: Path) -> tuple[int, NDArray[np.int16]]:
    """Return rate and samples (shape: frames × channels), whatever the header says of the length. Raises as above."""
    header = read_header(path)
    with path.open("rb") as file:
        file.seek(header.data_offset)
        raw = file.read(header.real_data_bytes)
    usable = len(raw) // (2 * header.channels) * 2 * header.channels
    return header.rate, np.frombuffer(raw[:usable], dtype="<i2").astype(np.int16).reshape(-1, header.channels)


def levels_of(path: Path) -> Levels:
    """Measure a file. Raises WavError or OSError."""
    return levels(*read_samples(path))


def levels(rate: int, samples: NDArray[np.int16]) -> Levels:
    """Measure samples (frames × channels)."""
    if len(samples) == 0:
        return Levels(0.0, 0.0, 0.0, 0.0)
    loudest = np.abs(samples.astype(np.float64)).max(axis=1) / 32768
    width = max(1, int(rate * FRAME_SECONDS))
    count = len(loudest) // width
    frames = loudest[: count * width].reshape(count, width).max(axis=1) if count else loudest.reshape(1, -1).max(axis=1)
    sounding = frames > SILENT_BELOW
    edges = np.flatnonzero(np.concatenate(([True], sounding, [True])))
    longest = int(np.diff(edges).max()) - 1
    return Levels(
        peak=float(loudest.max()),
        rms=float(np.sqrt(np.mean(np.square(samples.astype(np.float64) / 32768)))),
        sounding=float(sounding.mean()),
        longest_silence=longest * FRAME_SECONDS,
    )


def tone_level(path: Path, hertz: float) -> float:
    """Return how strong one frequency is, 0–1 of full scale: each side of a test call plays its own."""
    rate, samples = read_samples(path)
    if len(samples) == 0:
        return 0.0
    mono = samples.astype(np.float64).mean(axis=1) / 32768
    turns = np.exp(-2j * np.pi * hertz * np.arange(len(mono)) / rate)
    return float(2 * abs(np.mean(mono * turns)))


def holds_both_sides(path: Path, caller_hertz: float, operator_hertz: float, *, at_least: float = 0.005) -> bool:
    """Return whether both tones of a test call are in its recording."""
    return min(tone_level(path, caller_hertz), tone_level(path, operator_hertz)) >= at_least


def finished_seconds(path: Path) -> float:
    """Mend the header of a file that nobody writes any more, and return its length in seconds.

    Raises WavError (a ValueError) for what is no WAV file and OSError when it cannot be read or mended.
    """
    repair_file(path)
    return read_header(path).seconds
