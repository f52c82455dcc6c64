"""The two sides of a recording side by side: caller left, operator and system right. Owns joining and peaks.

The recorder writes each side into a file of its own, in step, with silence where a side says nothing. Reads only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from recordings.riff import WavError, WavHeader, read_header

PEAKS_PER_SECOND: Final = 20
MOST_PEAKS: Final = 4000


@dataclass(frozen=True, slots=True)
class Lanes:
    """Sound in one file as it is, or in two mono files that become left and right. `frames`: of the longer one."""

    files: tuple[tuple[Path, WavHeader] | None, ...]
    rate: int
    channels: int
    frames: int

    @property
    def seconds(self) -> float:
        """Length."""
        return self.frames / self.rate

    def blocks(self, frames: int | None = None) -> Iterator[NDArray[np.int16]]:
        """Yield the sound in blocks (frames × channels), a second long unless told; a shorter side ends in silence."""
        step = frames or self.rate
        sides = [None if file is None else _samples(*file) for file in self.files]
        for start in range(0, self.frames, step):
            size = min(step, self.frames - start)
            block = np.zeros((size, self.channels), np.int16)
            column = 0
            for side in sides:
                width = 1 if side is None else side.shape[1]
                if side is not None:
                    piece = side[start : start + size]
                    block[: len(piece), column : column + width] = piece
                column += width
            yield block


def open_lanes(files: Sequence[Path | None]) -> Lanes:
    """Open one file, or the caller's and the system's (None: that side is missing). Raises WavError, OSError."""
    found = tuple(None if path is None else (path, read_header(path)) for path in files)
    headers = [file[1] for file in found if file is not None]
    if not headers or len({header.rate for header in headers}) > 1:
        raise WavError("no sound, or two sides of different rates")
    if len(files) > 1 and any(header.channels != 1 for header in headers):
        raise WavError("a side of a recording has one channel")
    frames = max(header.real_data_bytes // (2 * header.channels) for header in headers)
    channels = len(files) if len(files) > 1 else headers[0].channels
    return Lanes(found, headers[0].rate, channels, frames)


def peaks_of(lanes: Lanes) -> bytes:
    """Return the loudest sample of each stretch, 0–255, channel after channel: what a waveform is drawn from."""
    count = min(MOST_PEAKS, max(1, round(lanes.seconds * PEAKS_PER_SECOND)))
    width = -(-lanes.frames // count) if lanes.frames else 1
    # Of 32768: 256 steps, and the very loudest is one too many.
    found = [np.abs(block.astype(np.int32)).max(axis=0) >> 7 for block in lanes.blocks(width)]
    return bytes(np.minimum(np.stack(found), 255).astype(np.uint8).T.tobytes()) if found else b""


def _samples(path: Path, header: WavHeader) -> NDArray[np.int16]:
    frames = header.real_data_bytes // (2 * header.channels)
    if not frames:
        return np.zeros((0, header.channels), np.int16)
    return np.memmap(path, "<i2", "r", header.data_offset, (frames, header.channels))
