from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_console.reports.call_counts import CallCounts
from agent_console.reports.rules import ReportRules
from agent_console.reports.spread import median, percentile
from agent_console.reports.waiting import Fate, WaitCount, fate_of
from calls.outcomes import CallOutcome
from calls.report_rows import CallRow

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Belgrade")
RULES = ReportRules()


def call(*, wait=None, answered=False, ended=True, outcome=None, asked=True, arrived=NOW - timedelta(hours=1)):
    """A call that asked for a person 30 s after it arrived and then waited `wait` seconds."""
    queued = arrived + timedelta(seconds=30) if asked else None
    after = arrived + timedelta(seconds=30 + (wait or 0))
    return CallRow(
        "c-1",
        arrived,
        queued,
        after if answered else None,
        (after + timedelta(seconds=60) if answered else after) if ended else None,
        "operators",
        "2001" if answered else None,
        outcome,
    )


def counted(*calls, rules=RULES, now=NOW):
    counts = CallCounts(rules, ZONE, now)
    for one in calls:
        counts.add(one)
    return counts


@pytest.mark.parametrize(
    ("one", "fate"),
    [
        (call(wait=8, answered=True, outcome="operator"), Fate.ANSWERED),
        (call(wait=8, outcome="abandoned_queue"), Fate.ABANDONED),
        (call(wait=5, outcome="abandoned_queue"), Fate.ABANDONED),
        (call(wait=4, outcome="abandoned_queue"), Fate.SHORT),
        (call(wait=4, outcome="message_left"), Fate.MESSAGE),
        (call(wait=99, outcome="case_created"), Fate.MESSAGE),
        (call(wait=99, outcome="after_hours"), Fate.LET_GO),
        (call(wait=99, outcome="failed"), Fate.LET_GO),
        (call(wait=99, ended=False), Fate.WAITING),
    ],
)
def test_a_caller_who_asked_has_one_fate(one, fate):
    assert fate_of(one, RULES, NOW)[0] is fate


def test_who_never_asked_for_a_person_has_none():
    assert fate_of(call(asked=False, outcome="information"), RULES, NOW) is None


def test_every_outcome_of_the_closed_list_has_a_fate():
    for outcome in CallOutcome:
        assert fate_of(call(wait=30, outcome=outcome.value), RULES, NOW)[0] in Fate


def test_whoever_took_a_callback_is_not_abandoned():
    words = [outcome for outcome in CallOutcome if outcome.startswith("callback")]
    for outcome in words:
        assert fate_of(call(wait=30, outcome=outcome.value), RULES, NOW)[0] is Fate.CALLBACK


def test_both_service_levels():
    counts = counted(
        call(wait=10, answered=True),
        call(wait=20, answered=True),
        call(wait=21, answered=True),
        call(wait=60, outcome="abandoned_queue"),
        call(wait=2, outcome="abandoned_queue"),
    ).all
    assert counts.level_of_answered == pytest.approx(2 / 3)
    assert counts.level_of_offered == pytest.approx(2 / 4)
    assert counts.share_abandoned == pytest.approx(1 / 4)
    assert counts.short == 1
    assert counts.average_wait == pytest.approx(17)
    assert counts.median_wait == 20
    assert counts.longest_answered == 21
    assert counts.longest_wait == 60


def test_a_caller_who_waits_now_is_undecided_only_within_the_target():
    fresh = call(ended=False, arrived=NOW - timedelta(seconds=40))
    late = call(ended=False, arrived=NOW - timedelta(seconds=90))
    assert counted(fresh, call(wait=1, answered=True)).all.level_of_offered == 1.0
    assert counted(late, call(wait=1, answered=True)).all.level_of_offered == 0.5


def test_nothing_to_measure_is_nothing_and_not_zero():
    empty = WaitCount()
    assert (empty.level_of_answered, empty.level_of_offered, empty.average_wait, empty.wait_90) == (None,) * 4
    only_short = counted(call(wait=1, outcome="abandoned_queue")).all
    assert only_short.level_of_offered is None
    assert only_short.share_abandoned is None


def test_averages_divide_by_what_they_add_up():
    """No answered call and one that gave up: no ZeroDivisionError, no sum that passes for an average."""
    one = counted(call(wait=40, outcome="abandoned_queue")).all
    assert one.average_wait is None
    assert one.average_give_up == 40


outcomes = st.sampled_from([None, *(outcome.value for outcome in CallOutcome)])
any_call = st.builds(
    call,
    wait=st.integers(0, 4000),
    answered=st.booleans(),
    ended=st.booleans(),
    outcome=outcomes,
    asked=st.booleans(),
    arrived=st.integers(0, 20 * 86_400).map(lambda seconds: NOW - timedelta(seconds=seconds)),
)


@settings(max_examples=60)
@given(st.lists(any_call, max_size=40))
def test_numbers_add_up(calls):
    counts = counted(*calls)
    every = counts.all
    assert every.arrived == len(calls)
    assert sum(every.fates.values()) == every.offered
    assert every.answered == len(every.waits)
    assert sum(day.arrived for day in counts.days.values()) == len(calls)
    assert sum(hour.arrived for hour in counts.week.values()) == len(calls)
    assert sum(queue.offered for queue in counts.queues.values()) == every.offered
    for group in (every, *counts.days.values(), *counts.week.values()):
        of_answered, of_offered = group.level_of_answered, group.level_of_offered
        if of_answered is not None:
            assert 0 <= of_offered <= of_answered <= 1
        if group.average_wait is not None:
            assert min(group.waits) <= group.median_wait <= group.wait_90 <= group.longest_wait


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.01, 1))
def test_a_percentile_is_a_measured_length(lengths, part):
    found = percentile(lengths, part)
    assert found in lengths
    assert sum(one <= found for one in lengths) >= round(part * len(lengths) - 1e-6, 6)
    assert sum(one < found for one in lengths) < part * len(lengths) + 1e-6


def test_median_of_an_even_number_is_the_lower_one():
    assert median([1, 2, 3, 4]) == 2


def test_a_day_is_local():
    late = call(wait=1, answered=True, arrived=datetime(2026, 11, 21, 23, 30, tzinfo=UTC))  # 00:30 in Belgrade
    counts = counted(late)
    assert [day.isoformat() for day in counts.days] == ["2026-11-22"]
    assert list(counts.week) == [(6, 0)]
