"""Samples to Ogg Opus and back. The only file that knows the sound library; must not know files of ours."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Final

import numpy as np
import soundfile
from numpy.typing import NDArray

MEDIA: Final = "audio/ogg"
RATES: Final = frozenset({8000, 12000, 16000, 24000, 48000})
"""What Opus takes, in hertz."""


class OpusError(Exception):
    """The library refused; `str(error)` says why."""


def encode(blocks: Iterable[NDArray[np.int16]], rate: int, channels: int) -> bytes:
    """Return an Ogg Opus stream of the blocks (shape: frames × channels; give them a second or so long).

    Raises OpusError.
    """
    stream = io.BytesIO()
    try:
        with soundfile.SoundFile(stream, "w", rate, channels, format="OGG", subtype="OPUS") as file:
            for block in blocks:
                file.write(block)
    except (soundfile.SoundFileError, ValueError) as error:
        raise OpusError(str(error)) from error
    return stream.getvalue()


def decode(data: bytes) -> tuple[int, NDArray[np.int16]]:
    """Return rate and samples (frames × channels). Raises OpusError."""
    try:
        samples, rate = soundfile.read(io.BytesIO(data), dtype="int16", always_2d=True)
    except (soundfile.SoundFileError, ValueError) as error:
        raise OpusError(str(error)) from error
    return int(rate), samples
