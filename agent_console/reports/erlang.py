"""Erlang's formulas for a queue of patient callers: waiting probability, service level, people needed. Pure.

Erlang C: calls arrive at random (Poisson) at a steady rate, handle times are exponential, nobody hangs up, every
operator takes every call. Load is in erlangs: calls per second x average handle time in seconds.
Exact for any load: the blocking probability is built up by its recurrence, which neither overflows nor cancels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Staffing:
    """What so many people give. `waits`: share of callers who wait at all; `average_wait` in seconds."""

    people: int
    service_level: float
    occupancy: float
    waits: float
    average_wait: float


def blocking(load: float, people: int) -> float:
    """Return Erlang B: the share of calls that would find all `people` busy if nobody could wait."""
    blocked = 1.0
    for number in range(1, people + 1):
        blocked = load * blocked / (number + load * blocked)
    return blocked


def _waiting(blocked: float, load: float, people: int) -> float:
    if load >= people:
        return 1.0
    used = load / people
    return blocked / (1.0 - used * (1.0 - blocked))


def waiting_probability(load: float, people: int) -> float:
    """Return Erlang C: the share of callers who wait; 1 when the people cannot keep up."""
    return 1.0 if people <= load else _waiting(blocking(load, people), load, people)


def service_level(load: float, people: int, handle_seconds: float, target_seconds: float) -> float:
    """Return the share answered within `target_seconds`, 0–1."""
    if people <= load:
        return 0.0
    wait = waiting_probability(load, people)
    return 1.0 - wait * math.exp(-(people - load) * target_seconds / handle_seconds)


def people_needed(
    calls: float,
    interval_seconds: float,
    handle_seconds: float,
    *,
    target_seconds: float,
    target_share: float,
    most_occupancy: float,
) -> Staffing:
    """Return the smallest number of people that meets the target and keeps occupancy below its limit.

    `calls` arrive within `interval_seconds`. Raises ValueError for what makes no sense.
    """
    if not (calls >= 0 and interval_seconds > 0 and handle_seconds > 0 and target_seconds >= 0):
        raise ValueError("calls, interval, handle time and target must be positive")
    if not (0 < target_share < 1 and 0 < most_occupancy <= 1):
        raise ValueError("target share is between 0 and 1, occupancy at most 1")
    load = calls * handle_seconds / interval_seconds
    if load == 0:
        return Staffing(0, 1.0, 0.0, 0.0, 0.0)
    # Below this number either the queue grows without end or the people are too busy: no need to try.
    people = max(math.floor(load) + 1, math.ceil(round(load / most_occupancy, 9)))
    blocked = blocking(load, people)
    while True:
        wait = _waiting(blocked, load, people)
        level = 1.0 - wait * math.exp(-(people - load) * target_seconds / handle_seconds)
        if level >= target_share:
            return Staffing(people, level, load / people, wait, wait * handle_seconds / (people - load))
        people += 1
        blocked = load * blocked / (people + load * blocked)


def rostered(people: int, shrinkage: float) -> int:
    """Return how many to plan so that `people` sit there; `shrinkage` is the share away (breaks, training, illness)."""
    if not 0 <= shrinkage < 1:
        raise ValueError("shrinkage is 0 or more and below 1")
    return math.ceil(round(people / (1.0 - shrinkage), 9))
