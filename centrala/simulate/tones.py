"""A soft tone that stands for a voice, so that silence can be told from sound."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dispatch.wav_files import RATE, write_wav


def write_tone(folder: Path, *, hertz: float = 440.0, seconds: float = 1.0, level: float = -15.0) -> Path:
    """Write a tone (`level` in dBFS, RMS) into `folder` and return its path; an existing one is used."""
    path = folder / f"tone-{hertz:g}-{seconds:g}.wav"
    if not path.exists():
        amplitude = 32767 * 10 ** (level / 20) * 2**0.5
        phase = 2 * np.pi * hertz * np.arange(int(RATE * seconds)) / RATE
        write_wav(path, np.clip(amplitude * np.sin(phase), -32767, 32767).astype(np.int16))
    return path
