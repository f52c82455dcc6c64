"""The quiet tone that says "you are still connected" to a caller who waits. Pure: samples out, no files."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

RATE = 8000
PERIOD_SECONDS = 6.0
NOTES = ((392.0, 0.0), (523.25, 0.35), (659.25, 0.7))
"""Hertz and start in seconds: three soft notes upwards, then silence until the period ends."""
NOTE_SECONDS = 1.4
PEAK = 0.06
"""Of full scale: about -24 dB, well below speech."""


@cache
def hold_tone_samples() -> NDArray[np.int16]:
    """Return one period at 8 kHz as 16-bit samples."""
    count = int(RATE * PERIOD_SECONDS)
    total = np.zeros(count)
    for frequency, start in NOTES:
        length = int(RATE * NOTE_SECONDS)
        time = np.arange(length) / RATE
        # A fade in of 20 ms keeps the click out; the decay is that of a struck bar.
        note = np.sin(2 * math.pi * frequency * time) * np.exp(-3.5 * time) * np.minimum(1.0, time / 0.02)
        offset = int(RATE * start)
        total[offset : offset + length] += note
    scaled = total / float(np.max(np.abs(total))) * PEAK * 32767
    return scaled.astype(np.int16)
