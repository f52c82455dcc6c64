"""Sound files: what people record is read, `.ulaw`, `.alaw` and `.wav` are written, never half a file.

Owns the file formats; must not know what a sound says.
"""

from __future__ import annotations

import io
import os
import tempfile
import wave
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np

from calls.g711 import Samples, to_alaw, to_ulaw
from speech.audio import RATE, Floats

TELEPHONE_FORMATS: Final = ("ulaw", "alaw")
"""What Asterisk plays without transcoding."""
MAXIMUM_RECORDED_SECONDS: Final = 600


def write_sound(stem: Path, samples: Samples, formats: Iterable[str] = TELEPHONE_FORMATS) -> None:
    """Write `stem` + `.` + each of `ulaw`, `alaw`, `wav`, each file at once or not at all. Raises OSError."""
    for extension in formats:
        write_atomically(sound_path(stem, extension), encode(samples, extension))


def encode(samples: Samples, extension: str) -> bytes:
    """Return the bytes of a file of that format. Raises ValueError for an unknown one."""
    if extension == "ulaw":
        return to_ulaw(samples)
    if extension == "alaw":
        return to_alaw(samples)
    if extension == "wav":
        out = io.BytesIO()
        with wave.open(out, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(samples.astype("<i2").tobytes())
        return out.getvalue()
    raise ValueError(f"unknown sound format {extension!r}: use ulaw, alaw or wav")


def sound_path(stem: Path, extension: str) -> Path:
    """Return the file of a sound; the stem may contain dots, which are not extensions."""
    return stem.with_name(f"{stem.name}.{extension}")


def read_recorded(path: Path) -> tuple[Floats, int]:
    """Read a WAV file (16 bit PCM, mono or stereo, any rate) as mono samples (−1…1) and their rate.

    Raises ValueError saying what is wrong and how to mend it, or OSError.
    """
    mend = "save it again as WAV, PCM 16 bit"
    try:
        with wave.open(str(path), "rb") as file:
            channels, width, rate, frames = (
                file.getnchannels(),
                file.getsampwidth(),
                file.getframerate(),
                file.getnframes(),
            )
            if width != 2 or channels not in (1, 2):
                raise ValueError(f"{path}: {8 * width} bit, {channels} channels; {mend}, mono or stereo")
            if frames > MAXIMUM_RECORDED_SECONDS * max(rate, 1):
                raise ValueError(f"{path}: longer than {MAXIMUM_RECORDED_SECONDS} s; cut it")
            data = file.readframes(frames)
    except (wave.Error, EOFError) as error:
        raise ValueError(f"{path}: not a readable WAV file ({error or 'it ends too early'}); {mend}") from error
    samples = np.frombuffer(data[: len(data) // (2 * channels) * 2 * channels], dtype="<i2").astype(
        np.float32
    ) / np.float32(32768)
    if len(data) < frames * 2 * channels:
        raise ValueError(f"{path}: cut off after {samples.size // channels} of {frames} samples; {mend}")
    return samples.reshape(-1, channels).mean(axis=1, dtype=np.float32), rate


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that a reader sees the old or the new one, never a part. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
