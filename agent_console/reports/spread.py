"""Mean, median, percentile of lengths in seconds. Pure. No figure at all (None) when there is nothing to measure.

A percentile is by nearest rank: the smallest measured length that at least that share of all does not exceed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence


def share(part: float, whole: float) -> float | None:
    """Return part / whole, None of nothing."""
    return part / whole if whole else None


def mean(lengths: Sequence[float]) -> float | None:
    """Return the sum by the number."""
    return math.fsum(lengths) / len(lengths) if lengths else None


def percentile(lengths: Sequence[float], part: float) -> float | None:
    """Return the nearest-rank percentile; `part` is in (0, 1]."""
    if not lengths:
        return None
    ordered = sorted(lengths)
    return ordered[max(1, math.ceil(round(part * len(ordered), 9))) - 1]


def median(lengths: Sequence[float]) -> float | None:
    """Return the length that half of all do not exceed."""
    return percentile(lengths, 0.5)


def longest(lengths: Sequence[float]) -> float | None:
    """Return the longest."""
    return max(lengths, default=None)
