"""Erlang's formulas against figures that others have published and against a queue that is played through."""

import heapq
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_console.reports.erlang import blocking, people_needed, rostered, service_level, waiting_probability

TARGET = {"target_seconds": 20.0, "target_share": 0.8, "most_occupancy": 0.85}


def test_a_hundred_calls_in_half_an_hour_take_fourteen_people():
    found = people_needed(100, 1800, 180, **TARGET)
    assert found.people == 14
    assert found.service_level == pytest.approx(0.8883, abs=5e-4)
    assert found.occupancy == pytest.approx(0.7143, abs=5e-5)
    assert found.waits == pytest.approx(0.1741, abs=5e-5)
    assert found.average_wait == pytest.approx(0.1741 * 180 / 4, abs=0.01)
    assert rostered(found.people, 0.3) == 20


@pytest.mark.parametrize(
    ("load", "people", "blocked"),
    [(1, 1, 0.5), (10, 10, 0.21458), (100, 117, 0.01), (5, 11, 0.00829), (20, 30, 0.0085)],
)
def test_blocking_as_in_the_tables(load, people, blocked):
    assert blocking(load, people) == pytest.approx(blocked, abs=5e-4)


@pytest.mark.parametrize(("load", "people", "waits"), [(1, 2, 1 / 3), (10, 11, 0.6821), (0.5, 1, 0.5), (8, 10, 0.4092)])
def test_waiting_as_in_the_tables(load, people, waits):
    assert waiting_probability(load, people) == pytest.approx(waits, abs=5e-4)


def test_too_few_people_answer_nobody_in_time():
    assert waiting_probability(10, 10) == 1.0
    assert service_level(10, 9, 180, 20) == 0.0


def test_nobody_calls_nobody_is_needed():
    assert people_needed(0, 1800, 180, **TARGET).people == 0


def test_occupancy_keeps_large_groups_from_being_planned_too_tight():
    found = people_needed(2000, 1800, 300, **TARGET)
    assert found.occupancy <= 0.85
    assert found.people == math.ceil(2000 * 300 / 1800 / 0.85)


def test_a_load_that_would_overflow_a_factorial():
    found = people_needed(500_000, 1800, 300, target_seconds=20, target_share=0.8, most_occupancy=1.0)
    assert 83_333 < found.people < 84_500
    assert 0.8 <= found.service_level < 1


@pytest.mark.parametrize(
    "wrong", [{"target_share": 1.0}, {"target_share": 0.0}, {"most_occupancy": 0.0}, {"target_seconds": -1.0}]
)
def test_what_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match="be"):
        people_needed(10, 1800, 180, **TARGET | wrong)
    with pytest.raises(ValueError, match="shrinkage"):
        rostered(3, 1.0)


@settings(max_examples=100)
@given(st.floats(0.01, 400), st.floats(10, 1200), st.floats(0, 120), st.floats(0.05, 0.99), st.floats(0.3, 1.0))
def test_the_smallest_number_that_is_enough(calls, handle, target, wanted, occupancy):
    found = people_needed(calls, 1800, handle, target_seconds=target, target_share=wanted, most_occupancy=occupancy)
    load = calls * handle / 1800
    assert found.service_level >= wanted
    assert found.occupancy <= occupancy + 1e-9
    fewer = found.people - 1
    assert service_level(load, fewer, handle, target) < wanted or load / max(fewer, 1e-9) > occupancy - 1e-9


@given(st.floats(0.1, 60), st.integers(1, 90))
def test_the_quick_way_is_the_textbook_sum(load, people):
    if people <= load:
        return
    logs = [number * math.log(load) - math.lgamma(number + 1) for number in range(people)]
    last = people * math.log(load) - math.lgamma(people + 1) + math.log(people / (people - load))
    top = max(*logs, last)
    exact = math.exp(last - top) / (math.fsum(math.exp(one - top) for one in logs) + math.exp(last - top))
    assert waiting_probability(load, people) == pytest.approx(exact, rel=1e-9, abs=1e-300)


def played(calls, rate, handle, people, patience, chance):
    """Play a queue: return the share answered within 20 s and the share that gave up. `patience` None: nobody does."""
    free, moment, within, gave_up = [0.0] * people, 0.0, 0, 0
    heapq.heapify(free)
    for _ in range(calls):
        moment += chance.expovariate(rate)
        wait = max(0.0, free[0] - moment)
        if patience is not None and chance.expovariate(1 / patience) < wait:
            gave_up += 1
            continue
        within += wait <= 20
        heapq.heapreplace(free, moment + wait + chance.expovariate(1 / handle))
    return within / calls, gave_up / calls


def test_a_queue_that_is_played_through_agrees():
    level, _ = played(40_000, 100 / 1800, 180, 14, None, random.Random(7))  # noqa: S311  a simulation
    assert level == pytest.approx(people_needed(100, 1800, 180, **TARGET).service_level, abs=0.02)


def test_impatient_callers_make_the_formula_ask_for_too_many():
    """The stated limit of Erlang C: with callers who give up after 2 minutes on average, fewer people do."""
    level, gave_up = played(40_000, 100 / 1800, 180, 12, 120, random.Random(7))  # noqa: S311  a simulation
    assert gave_up < 0.1
    assert level > service_level(10, 12, 180, 20) + 0.05
