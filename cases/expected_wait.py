"""How long a caller will probably wait: from the place, the operators at work and recent conversations. Pure.

Owns the formula and its honest bounds. With everybody at work busy, and each conversation taking `h` seconds on
average, `n` operators set a caller free every `h / n` seconds; the caller at place `p` needs `p` of those. It knows
nothing of the next minute's arrivals with a higher priority, nor of operators who go or come.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

FEWEST: Final = 5
"""Conversations from which on an average says something."""
LONGEST_SAID: Final = 30
"""Minutes; beyond, a number would pretend to know."""


def expected_wait(place: int, at_work: int, handled: Sequence[float]) -> float | None:
    """Return seconds until the caller at `place` (1 is next) is served, or None when that is not known.

    `at_work`: operators who are logged in and not paused, talking or not; `handled`: seconds that recent conversations
    took, wrap-up included. The tenth at either end is left out: one call of an hour is not the rule.
    """
    if place < 1 or at_work < 1 or len(handled) < FEWEST:
        return None
    cut = len(handled) // 10
    usual = sorted(handled)[cut : len(handled) - cut]
    return place * (sum(usual) / len(usual)) / at_work


def minutes_said(seconds: float | None) -> int | None:
    """Return the whole minutes that are said: rounded up, at least one, `LONGEST_SAID + 1` for more than that."""
    if seconds is None or not math.isfinite(seconds):
        return None
    return min(max(1, math.ceil(seconds / 60)), LONGEST_SAID + 1)
