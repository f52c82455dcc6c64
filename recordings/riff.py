"""The header of a WAV file: where the sound lies and how much of it there is. Reads only; knows RIFF and nothing else.

Knows the files that Asterisk and our own code write: 16-bit PCM with one channel or two.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path


class WavError(ValueError):
    """Not a WAV file that we can read: `str(error)` says which and why."""


@dataclass(frozen=True, slots=True)
class WavHeader:
    """Where the sound lies in the file. `data_bytes` as the header says: 0 after a crash of its writer."""

    rate: int
    channels: int
    data_offset: int
    data_bytes: int
    file_bytes: int

    @property
    def real_data_bytes(self) -> int:
        """Bytes of sound that are there, in whole frames."""
        frame = 2 * self.channels
        return (self.file_bytes - self.data_offset) // frame * frame

    @property
    def needs_repair(self) -> bool:
        """True when the header promises less than there is, or more."""
        return self.data_bytes != self.real_data_bytes

    @property
    def seconds(self) -> float:
        """Length of the sound that is there."""
        return self.real_data_bytes / (2 * self.channels * self.rate)


def read_header(path: Path) -> WavHeader:
    """Read the header. Raises WavError, and OSError when the file cannot be read."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(4096)
    if len(head) < 12 or head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        raise WavError(f"{path}: not a RIFF/WAVE file ({size} bytes)")
    offset = 12
    form: tuple[int, int, int, int] | None = None
    while offset + 8 <= len(head):
        name, length = head[offset : offset + 4], int(struct.unpack_from("<I", head, offset + 4)[0])
        if name == b"fmt " and offset + 24 <= len(head):
            kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", head, offset + 8)
            form = kind, channels, rate, bits
        elif name == b"data":
            if form is None or form[0] != 1 or form[3] != 16 or form[1] not in (1, 2) or form[2] == 0:
                raise WavError(f"{path}: only 16-bit PCM with one or two channels is known here")
            return WavHeader(form[2], form[1], offset + 8, length, size)
        offset += 8 + length + length % 2
    raise WavError(f"{path}: no data in its first {len(head)} bytes")
