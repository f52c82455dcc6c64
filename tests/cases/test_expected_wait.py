"""The expected wait against simulated queues, and the bounds that keep it honest."""

import heapq
import random

import pytest

from cases.expected_wait import FEWEST, LONGEST_SAID, expected_wait, minutes_said


def simulated_wait(place, operators, mean, seed):
    """Return the wait of the caller at `place` when everybody is busy with conversations of an exponential length."""
    chance = random.Random(seed)  # noqa: S311 - a simulation, not a secret
    free_at = [chance.expovariate(1 / mean) for _ in range(operators)]
    heapq.heapify(free_at)
    for _ in range(place - 1):
        heapq.heappush(free_at, heapq.heappop(free_at) + chance.expovariate(1 / mean))
    return heapq.heappop(free_at)


@pytest.mark.parametrize(("place", "operators"), [(1, 1), (1, 5), (4, 2), (12, 3), (20, 10)])
def test_it_is_what_a_simulated_queue_shows(place, operators):
    mean = 180
    waits = [simulated_wait(place, operators, mean, seed) for seed in range(2000)]
    seen = sum(waits) / len(waits)
    assert expected_wait(place, operators, [mean] * FEWEST) == pytest.approx(seen, rel=0.1)


def test_one_endless_call_does_not_count():
    assert expected_wait(1, 1, [100] * 19 + [36000]) == 100


@pytest.mark.parametrize(
    ("place", "at_work", "handled"), [(1, 0, [100] * 9), (0, 1, [100] * 9), (1, 1, []), (1, 1, [100] * (FEWEST - 1))]
)
def test_what_is_not_known_is_not_guessed(place, at_work, handled):
    assert expected_wait(place, at_work, handled) is None


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, None), (0, 1), (1, 1), (60, 1), (61, 2), (179, 3), (1800, 30), (1801, LONGEST_SAID + 1), (1e9, 31)],
)
def test_minutes_are_rounded_up_and_never_zero(seconds, said):
    assert minutes_said(seconds) == said
