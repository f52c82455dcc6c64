"""From what was recorded to a sealed file: mend, join, encode, measure, encrypt. Owns that one piece of work.

It computes and writes for as long as it takes: run it in a process of its own (`sealing_worker`). The sources stay;
whoever asked removes them once the row is stored. Must not know rows.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from recordings import opus
from recordings.lanes import Lanes, open_lanes, peaks_of
from recordings.month_keys import MonthKeys, month_of
from recordings.repair import repair_file
from recordings.riff import WavError
from recordings.vault import Part, seal

log = logging.getLogger(__name__)
SOUND: Final = "sound"
PEAKS: Final = "peaks"
_RAW: Final = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class SealJob:
    """What to seal. `sources`: one file, or the caller's and the system's; `target`: the sealed file."""

    recording: str
    started_at: datetime
    sources: tuple[Path, ...]
    target: Path


@dataclass(frozen=True, slots=True)
class Sealed:
    """How it turned out. `readable` False: what lay there was no sound; it is kept as it was, encrypted."""

    seconds: float
    size: int
    mended: bool
    readable: bool


def seal_job(job: SealJob, keys: MonthKeys, now: datetime) -> Sealed:
    """Do it. Raises OSError, KeyGoneError, KeyDamagedError: the sources are untouched but for a mended header."""
    month = keys.for_sealing(month_of(job.started_at), month_of(now))
    mended = False
    try:
        present = [path if path.exists() else None for path in job.sources]
        for path in present:
            mended = (path is not None and repair_file(path) is not None) or mended
        lanes = open_lanes(_joinable(present))
        parts = {PEAKS: Part(_RAW, bytes([lanes.channels]) + peaks_of(lanes)), SOUND: _sound(lanes, job.sources)}
        seconds, readable = lanes.seconds, True
    except WavError as error:
        log.error("recording %s: %s", job.recording, error)
        parts = {"peaks": Part(_RAW, b"")}
        parts |= {
            SOUND if number == 0 else f"raw{number}": Part(_RAW, path.read_bytes() if path.exists() else b"")
            for number, path in enumerate(job.sources)
        }
        seconds, readable = 0.0, False
    size = seal(job.target, job.recording, month, parts, seconds=seconds)
    return Sealed(seconds, size, mended, readable)


def _joinable(present: Sequence[Path | None]) -> Sequence[Path | None]:
    """Leave out a side that is not even a header: the other one is worth hearing."""
    return [path if path is not None and (len(present) == 1 or path.stat().st_size) else None for path in present]


def _sound(lanes: Lanes, sources: Sequence[Path]) -> Part:
    if lanes.frames and lanes.rate in opus.RATES:
        try:
            return Part(opus.MEDIA, opus.encode(lanes.blocks(), lanes.rate, lanes.channels))
        except opus.OpusError as error:
            log.error("%s cannot be compressed (%s); it is kept as it is", sources[0].name, error)
    return Part("audio/wav", _wav(lanes))


def _wav(lanes: Lanes) -> bytes:
    """Return the sound as a WAV file in memory."""
    import io
    import wave

    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setnchannels(lanes.channels)
        file.setsampwidth(2)
        file.setframerate(lanes.rate)
        for block in lanes.blocks():
            file.writeframes(block.astype("<i2").tobytes())
    return stream.getvalue()
