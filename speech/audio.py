"""Samples made fit for a telephone: rate, band, silence at the ends, loudness; and their measures.

Owns how a prompt must sound; must not know text, languages or where files lie. Levels are dB relative to a full-scale
sample (0 dBFS = RMS 1.0); lengths are seconds; telephone samples are 16 bit at 8000 Hz.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import soxr

from calls.g711 import Samples

Floats = npt.NDArray[np.float32]

RATE: Final = 8000
TARGET_DBFS: Final = -19.0
PEAK_DBFS: Final = -3.0
LEAD_SECONDS: Final = 0.06
TAIL_SECONDS: Final = 0.12
_BAND: Final = (300.0, 3400.0)
_FRAME: Final = RATE // 50  # 20 ms
_SILENCE_BELOW_LOUDEST_DB: Final = 45.0
_PAUSE_BELOW_LOUDEST_DB: Final = 30.0
_LIMITER_WINDOW: Final = RATE // 200 + 1  # 5 ms, odd so that it has a middle


@dataclass(frozen=True, slots=True)
class Measures:
    """Figures of one sound: `seconds` long, `level` and `peak` in dBFS, `leading_silence` in seconds."""

    seconds: float
    level: float
    peak: float
    leading_silence: float


def to_telephone(samples: Floats, rate: int) -> Samples:
    """Return the samples (−1…1 at `rate` Hz, mono) as a prompt: 8 kHz, 300–3400 Hz, trimmed, at the common loudness.

    Raises ValueError when there is no sound in them.
    """
    if not samples.size or not np.isfinite(samples).all():
        raise ValueError("no samples")
    if not 4000 <= rate <= 192_000:
        raise ValueError(f"a rate of {rate} Hz is not sound for a telephone")
    at_rate = samples if rate == RATE else np.asarray(soxr.resample(samples, rate, RATE), dtype=np.float32)
    trimmed = trim(band_limit(at_rate))
    return np.round(_normalise(trimmed) * 32767).astype(np.int16)


def band_limit(samples: Floats) -> Floats:
    """Return the samples with nothing below 300 Hz or above 3400 Hz, without shifting them in time."""
    padded = np.pad(samples, RATE // 20)  # the filter must not wrap the end onto the beginning
    spectrum = np.fft.rfft(padded)
    hertz = np.fft.rfftfreq(padded.size, 1 / RATE)
    low = np.clip((hertz - (_BAND[0] - 100)) / 100, 0, 1)
    high = np.clip(((_BAND[1] + 200) - hertz) / 200, 0, 1)
    spectrum *= np.sin(low * np.pi / 2) ** 2 * np.sin(high * np.pi / 2) ** 2
    limited = np.fft.irfft(spectrum, padded.size)[RATE // 20 : RATE // 20 + samples.size]
    return np.asarray(limited, dtype=np.float32)


def trim(samples: Floats) -> Floats:
    """Return the samples with 60 ms of quiet before the first sound and 120 ms after the last one."""
    loud = np.flatnonzero(_frame_levels(samples) >= _threshold(samples, _SILENCE_BELOW_LOUDEST_DB))
    if not loud.size:
        raise ValueError("the sound is silent")
    begin = int(loud[0]) * _FRAME - int(LEAD_SECONDS * RATE)
    end = (int(loud[-1]) + 1) * _FRAME + int(TAIL_SECONDS * RATE)
    kept = samples[max(begin, 0) : min(end, samples.size)]
    # What the recording itself lacks is made up, so that every prompt begins and ends alike.
    return np.pad(kept, (max(-begin, 0), max(end - samples.size, 0)))


def measure(samples: Samples) -> Measures:
    """Return the figures of a telephone sound."""
    floats = _floats(samples)
    peak = float(np.abs(floats).max(initial=0.0))
    return Measures(length_seconds(samples), level_dbfs(samples), _db(peak), leading_silence(samples))


def length_seconds(samples: Samples) -> float:
    """Return how long the sound is."""
    return samples.size / RATE


def level_dbfs(samples: Samples) -> float:
    """Return the RMS of the parts where somebody speaks (pauses left out)."""
    return _active_level(_floats(samples))


def leading_silence(samples: Samples) -> float:
    """Return the seconds before the first sound, in steps of 20 ms; the whole length when there is none."""
    floats = _floats(samples)
    loud = np.flatnonzero(_frame_levels(floats) >= _threshold(floats, _SILENCE_BELOW_LOUDEST_DB))
    return float(loud[0] * _FRAME / RATE) if loud.size else length_seconds(samples)


def tone(hertz: float, seconds: float) -> Samples:
    """Return a tone with soft edges at the common loudness."""
    time = np.arange(int(seconds * RATE)) / RATE
    edge = np.clip(np.minimum(time, time[::-1]) / 0.01, 0, 1)
    amplitude = 10 ** (TARGET_DBFS / 20) * np.sqrt(2)
    return np.asarray(np.round(np.sin(2 * np.pi * hertz * time) * edge * amplitude * 32767), dtype=np.int16)


def silence(seconds: float) -> Samples:
    """Return silence."""
    return np.zeros(int(seconds * RATE), np.int16)


def _normalise(samples: Floats) -> Floats:
    """Bring speech to the common level; what would be too loud on the way is held by a limiter, not cut off."""
    out = samples
    for _ in range(3):  # the limiter takes a little loudness away, so it is given back
        gain = 10 ** ((TARGET_DBFS - _active_level(out)) / 20)
        out = _limit(out * np.float32(gain))
    return out


def _limit(samples: Floats) -> Floats:
    """Return the samples with no peak above `PEAK_DBFS`: the gain goes down smoothly around each peak."""
    ceiling = 10 ** (PEAK_DBFS / 20)
    needed = np.minimum(np.float32(1), np.float32(ceiling) / np.maximum(np.abs(samples), np.float32(1e-9)))
    reach = _LIMITER_WINDOW - 1
    lowest = _running_minimum(np.pad(needed, reach, constant_values=1.0), _LIMITER_WINDOW)
    window = np.hanning(_LIMITER_WINDOW + 2)[1:-1].astype(np.float32)
    gain = np.convolve(lowest, window / window.sum(), "valid")
    return np.asarray(samples * gain, dtype=np.float32)


def _running_minimum(values: Floats, width: int) -> Floats:
    """Return the minimum of each `width` neighbours, in as few passes as doubling takes."""
    reached = 1
    while reached < width:
        step = min(reached, width - reached)
        values = np.minimum(values[:-step], values[step:])
        reached += step
    return values


def _floats(samples: Samples) -> Floats:
    return samples.astype(np.float32) / np.float32(32768)


def _frame_levels(samples: Floats) -> npt.NDArray[np.float64]:
    """Return the RMS of each 20 ms; the last, shorter piece counts as a frame."""
    padded = np.pad(samples.astype(np.float64), (0, -samples.size % _FRAME))
    return np.asarray(np.sqrt(np.mean(padded.reshape(-1, _FRAME) ** 2, axis=1)))


def _threshold(samples: Floats, below_loudest: float) -> float:
    loudest = float(_frame_levels(samples).max(initial=0.0))
    return max(loudest * 10 ** (-below_loudest / 20), 1e-5)


def _active_level(samples: Floats) -> float:
    levels = _frame_levels(samples)
    active = levels[levels >= _threshold(samples, _PAUSE_BELOW_LOUDEST_DB)]
    return _db(float(np.sqrt(np.mean(active**2)))) if active.size else -100.0


def _db(value: float) -> float:
    return 20 * float(np.log10(max(value, 1e-5)))
