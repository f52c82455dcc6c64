from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from agent_console.reports.resolution import resolution
from calls.report_rows import CallRow

SINCE = datetime(2026, 11, 1, tzinfo=UTC)
UNTIL = SINCE + timedelta(days=7)
WEEK = timedelta(days=7)
LATER = UNTIL + timedelta(days=30)


def call(day, caller="t", answered=True, case=None):
    at = SINCE + timedelta(days=day)
    spoke = at + timedelta(seconds=20) if answered else None
    return CallRow(f"{caller}{day}", at, at, spoke, at + timedelta(minutes=3), "operators", "2001", None, caller, case)


def judged(*calls, reopened=None, now=LATER):
    return resolution(calls, reopened or {}, since=SINCE, until=UNTIL, now=now, window=WEEK)


def test_who_does_not_call_again_was_helped_at_once():
    found = judged(call(1), call(2, "other"))
    assert (found.resolved, found.repeated, found.rate, found.callers) == (2, 0, 1.0, 2)


def test_who_calls_again_within_the_window_was_not_even_if_nobody_answers_then():
    assert judged(call(1), call(7.9)).repeated == 1
    assert judged(call(1), call(5, answered=False)).repeated == 1
    assert judged(call(1), call(9)).resolved == 1


def test_the_second_call_is_no_first_call():
    found = judged(call(1), call(3))
    assert (found.resolved, found.repeated, found.undecided) == (0, 1, 0)
    assert judged(call(-3), call(1)).rate is None


def test_another_case_is_another_matter():
    assert judged(call(1, case="26001"), call(3, case="26002")).resolved == 1
    assert judged(call(1, case="26001"), call(3, case="26001")).repeated == 1


def test_a_reopened_case_was_not_resolved():
    reopened = {"26001": [SINCE + timedelta(days=4)]}
    assert judged(call(1, case="26001"), reopened=reopened).repeated == 1


def test_what_is_not_over_is_not_decided():
    now = SINCE + timedelta(days=5)
    assert judged(call(1), now=now).undecided == 1
    assert judged(call(1), call(3), now=now).repeated == 1


def test_a_withheld_number_is_left_out():
    found = judged(call(1, caller=None))
    assert (found.unknown, found.callers, found.rate) == (1, 0, None)


calls = st.builds(
    call,
    st.floats(-7, 14),
    st.sampled_from(["a", "b", "c", None]),
    st.booleans(),
    st.sampled_from([None, "1", "2"]),
)


@settings(max_examples=60)
@given(st.lists(calls, max_size=20))
def test_every_first_call_has_one_verdict(found):
    counted = judged(*found)
    mine = [one for one in found if one.operator_answered_at and SINCE <= one.arrived_at < UNTIL]
    first = counted.resolved + counted.repeated + counted.undecided
    assert counted.unknown == sum(one.caller_token is None for one in mine)
    assert first <= len(mine) - counted.unknown
    assert counted.undecided == 0
