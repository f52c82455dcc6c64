"""Mends what a killed recorder leaves: a header that says length 0 before minutes of sound. Owns the header's sizes.

Never call it on a file that is still written: the recorder would write its own header over ours, harmlessly, but the
length we report would be short.
"""

from __future__ import annotations

import logging
import os
import struct
from dataclasses import dataclass
from pathlib import Path

from recordings.riff import WavError, read_header

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Repaired:
    """A file whose header was put right; `seconds` is its true length."""

    path: Path
    seconds: float


def repair_file(path: Path) -> Repaired | None:
    """Put the header right; None when it was. Safe to be interrupted: the next try finds the same.

    Raises WavError for what is no WAV file and OSError when it cannot be read or written.
    """
    header = read_header(path)
    if not header.needs_repair:
        return None
    with path.open("r+b") as file:
        file.truncate(header.data_offset + header.real_data_bytes)
        file.seek(header.data_offset - 4)
        file.write(struct.pack("<I", header.real_data_bytes))
        file.seek(4)
        file.write(struct.pack("<I", header.data_offset + header.real_data_bytes - 8))
        file.flush()
        os.fsync(file.fileno())
    return Repaired(path, header.seconds)


def repair_folder(folder: Path) -> list[Repaired]:
    """Mend every WAV file in `folder`; one that cannot be mended is logged and left; no folder is an empty one."""
    mended = []
    for path in sorted(folder.glob("*.wav")):
        try:
            done = repair_file(path)
        except (WavError, OSError) as error:
            log.warning("recording not mended: %s", error)
            continue
        if done is not None:
            log.info("recording mended: %s, %.1f s", path.name, done.seconds)
            mended.append(done)
    return mended
