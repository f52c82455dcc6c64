"""A kept recording as plain sound, for tests that listen: opened with the installation's own keys."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from centrala.layout import Layout
from centrala.secrets_file import load_recordings_key
from recordings.lanes import open_lanes
from recordings.month_keys import MonthKeys
from recordings.opus import decode
from recordings.vault import SealedFile, open_sealed
from tests.system.asterisk_bed import AsteriskBed
from tests.system.installation import Installation


def sealed_file(installation: Installation, row: dict[str, Any]) -> SealedFile:
    """Open the sealed file that a row of `recordings` names."""
    layout = Layout.of(installation.settings)
    keys = MonthKeys(layout.recording_keys, load_recordings_key(layout.home))
    return open_sealed(layout.recordings / row["path"], row["id"], keys)


def plain_sound(
    installation: Installation, row: dict[str, Any], target: Path, *, lane: int | None = None, last: float | None = None
) -> Path:
    """Write the sound of a row, one lane or all, its `last` seconds or all, as a mono WAV file; return `target`."""
    layout = Layout.of(installation.settings)
    path = layout.recordings / row["path"]
    if path.suffix == ".wav":
        lanes = open_lanes([path])
        rate, samples = lanes.rate, np.concatenate(list(lanes.blocks()))
    else:
        rate, samples = decode(sealed_file(installation, row).read("sound"))
    begin = 0 if last is None else max(0, len(samples) - int(last * rate))
    return write_mono(target, rate, samples[begin:], lane)


def pitch_seconds(path: Path, hertz: float) -> float:
    """Return for how many seconds a tone of this pitch stands out, whatever gaps a busy machine tore into it."""
    lanes = open_lanes([path])
    samples = np.concatenate(list(lanes.blocks()))[:, 0] / 32768
    step = lanes.rate // 10
    found = 0
    for begin in range(0, len(samples) - step, step):
        part = samples[begin : begin + step]
        spectrum = np.abs(np.fft.rfft(part * np.hanning(step)))
        found += bool(np.sqrt((part**2).mean()) > 0.01 and spectrum[round(hertz / 10)] > 0.3 * spectrum.max())
    return found / 10


def recorded_sides(bed: AsteriskBed, call: str) -> tuple[Path, Path]:
    """Return the caller's and the system's file of a call on a bed, which has nobody who brings them home."""
    folder = bed.inputs.directories.incoming_recordings
    return folder / f"{call}-caller.wav", folder / f"{call}-system.wav"


def write_mono(target: Path, rate: int, samples: NDArray[np.int16], lane: int | None) -> Path:
    chosen = samples if lane is None else samples[:, lane : lane + 1]
    mono = chosen.astype(np.int32).sum(axis=1).clip(-32768, 32767)
    with wave.open(str(target), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(mono.astype("<i2").tobytes())
    return target
