from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from agent_console.reports.handling import Handling
from calls.report_rows import SegmentRow, WrapUpTime

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def segment(call, operator, kind, seconds, began=0, queue="operators", open_end=False):
    start = NOW - timedelta(hours=1) + timedelta(seconds=began)
    return SegmentRow(call, operator, queue, kind, start, None if open_end else start + timedelta(seconds=seconds))


def wrap_up(call, operator, seconds):
    return WrapUpTime(call, operator, "", NOW - timedelta(seconds=seconds), NOW)


def handled(*parts):
    found = Handling(NOW)
    for one in parts:
        if isinstance(one, SegmentRow):
            found.add_segment(one)
        else:
            found.add_wrap_up(one)
    return found


def test_handle_time_is_talk_hold_and_wrap_up():
    found = handled(
        segment("a", "2001", "talk", 100),
        segment("a", "2001", "hold", 20, 100),
        segment("a", "2001", "conference", 30, 120),
        wrap_up("a", "2001", 15),
    )
    assert (found.all.talk, found.all.hold, found.all.wrapup, found.all.total) == (130, 20, 15, 165)
    assert found.all.average == 165
    assert found.queues["operators"].wrapup == 15


def test_after_a_transfer_each_operator_has_his_own_part():
    """The first operator's time does not go on while the second one talks."""
    found = handled(
        segment("a", "2001", "talk", 60),
        segment("a", "2001", "consult", 10, 60),
        segment("a", "2002", "talk", 300, 70),
        segment("b", "2002", "talk", 40, 500),
    )
    assert found.operators["2001"].talk == 60
    assert found.operators["2001"].hold == 10
    assert found.operators["2002"].talk == 340
    assert found.transfers == 1
    assert found.transferred_calls == 1
    assert (found.calls, found.all.count) == (2, 3)


def test_who_was_only_asked_aside_has_no_conversation():
    found = handled(segment("a", "2001", "talk", 60), segment("a", "2002", "consult", 10, 60))
    assert found.all.count == 1
    assert found.transfers == 0


def test_a_conversation_that_goes_on_counts_until_now():
    assert handled(segment("a", "2001", "talk", 0, began=3000, open_end=True)).all.talk == 600


def test_nothing_handled_has_no_average():
    assert handled().all.average is None


part = st.builds(
    segment,
    st.sampled_from("abcdef"),
    st.sampled_from(["2001", "2002", "2003"]),
    st.sampled_from(["talk", "hold", "consult", "conference"]),
    st.integers(0, 900),
    st.integers(0, 3000),
    st.sampled_from(["operators", "water"]),
)


@settings(max_examples=50)
@given(st.lists(part, max_size=25))
def test_operators_and_queues_add_up_to_all(parts):
    found = handled(*parts)
    for groups in (found.operators, found.queues):
        for name in ("talk", "hold", "wrapup"):
            assert sum(getattr(one, name) for one in groups.values()) == getattr(found.all, name)
    assert sum(one.count for one in found.operators.values()) == found.all.count
    assert found.all.count == found.calls + found.transfers
