"""G.711: linear samples to and from A-law and µ-law (ITU-T G.711). Owns the two tables; must not know files."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]
_ULAW_BIAS: Final = 132  # 33 in the standard's 14-bit numbers
_ULAW_CLIP: Final = 32635
_ALAW_INVERT: Final = 0x55  # every second bit is inverted on the line


def _all_samples() -> npt.NDArray[np.int32]:
    return np.arange(-32768, 32768, dtype=np.int32)


def _ulaw_encoding() -> npt.NDArray[np.uint8]:
    linear = _all_samples()
    sign = np.where(linear < 0, 0x80, 0)
    magnitude = np.minimum(np.abs(linear), _ULAW_CLIP) + _ULAW_BIAS
    segment = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    step = (magnitude >> (segment + 3)) & 0x0F
    return np.asarray(~(sign | (segment << 4) | step) & 0xFF, dtype=np.uint8)


def _alaw_encoding() -> npt.NDArray[np.uint8]:
    linear = _all_samples()
    positive = linear >= 0
    # One's complement for negative samples: −1 belongs to the first step below zero.
    magnitude = np.where(positive, linear, ~linear) >> 3
    segment = np.where(magnitude < 32, 0, np.floor(np.log2(np.maximum(magnitude, 1))).astype(np.int32) - 4)
    step = np.where(segment < 2, magnitude >> 1, magnitude >> segment) & 0x0F
    return np.asarray((np.where(positive, 0x80, 0) | (segment << 4) | step) ^ _ALAW_INVERT, dtype=np.uint8)


def _ulaw_decoding() -> Samples:
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    magnitude = ((((code & 0x0F) << 3) + _ULAW_BIAS) << ((code >> 4) & 7)) - _ULAW_BIAS
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _alaw_decoding() -> Samples:
    code = np.arange(256, dtype=np.int32) ^ _ALAW_INVERT
    segment = (code >> 4) & 7
    step = ((code & 0x0F) << 4) + 8
    magnitude = np.where(segment == 0, step, (step + 0x100) << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


_TO_ULAW: Final = _ulaw_encoding()
_TO_ALAW: Final = _alaw_encoding()
_FROM_ULAW: Final = _ulaw_decoding()
_FROM_ALAW: Final = _alaw_decoding()


def to_ulaw(samples: Samples) -> bytes:
    """Return one µ-law byte per sample."""
    return _TO_ULAW[samples.astype(np.int32) + 32768].tobytes()


def to_alaw(samples: Samples) -> bytes:
    """Return one A-law byte per sample."""
    return _TO_ALAW[samples.astype(np.int32) + 32768].tobytes()


def from_ulaw(data: bytes) -> Samples:
    """Return the samples that the µ-law bytes stand for."""
    return _FROM_ULAW[np.frombuffer(data, np.uint8)]


def from_alaw(data: bytes) -> Samples:
    """Return the samples that the A-law bytes stand for."""
    return _FROM_ALAW[np.frombuffer(data, np.uint8)]
