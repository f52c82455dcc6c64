"""Medians, percentiles, ratios, and where a ramp stopped being clean. Pure; owns the sums of the report."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """Median with the least and the greatest of `count` values."""

    median: float
    least: float
    greatest: float
    count: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Sum up. Raises ValueError when there is no value."""
        if not values:
            raise ValueError("nothing was measured")
        return cls(statistics.median(values), min(values), max(values), len(values))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that `share` (0–1) of the values do not exceed. Raises ValueError for no values."""
    if not values:
        raise ValueError("nothing was measured")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def ratios(rounds: Sequence[Mapping[str, float]], engine: str, base: str) -> list[float]:
    """Return cost of `engine` over that of `base`, round by round: neighbours in time are compared with each other."""
    return [costs[engine] / costs[base] for costs in rounds if engine in costs and costs.get(base)]


@dataclass(frozen=True, slots=True)
class RampSecond:
    """One line of SIPp's statistics: calls per second asked for, and what went wrong in that time."""

    target_rate: float
    failed: int
    retransmissions: int


def clean_rate(seconds: Sequence[RampSecond]) -> float:
    """Return the highest rate of a rising ramp before anything failed or was sent again; 0 when nothing was clean.

    A trouble shows late (retransmissions after half a second, failures later), so the step in which it shows does not
    count, nor the step before.
    """
    trouble = next((number for number, second in enumerate(seconds) if second.failed or second.retransmissions), None)
    steps: list[float] = []
    for second in seconds[:trouble]:
        if not steps or second.target_rate > steps[-1]:
            steps.append(second.target_rate)
    if trouble is None:
        return steps[-1] if steps else 0.0
    return steps[-2] if len(steps) >= 2 else 0.0
