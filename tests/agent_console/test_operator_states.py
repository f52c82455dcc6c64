from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from agent_console.operators.desk import Desk, State, Wanted
from agent_console.operators.ledger import Ledger, desk_of, stored_of
from agent_console.operators.states import (
    TABLE,
    Limits,
    NotNow,
    Signal,
    apply,
    deadline,
    pass_time,
)
from storage.work_repository import ActivityBegun, ActivityEnded, SessionBegun, SessionEnded

T0 = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)
LIMITS = Limits(wrap_up=timedelta(seconds=60), pause_after=2, return_after=timedelta(minutes=2))
READY, OFFLINE = Wanted(State.READY), Wanted(State.OFFLINE)
MEAL = Wanted(State.PAUSED, "obrok", T0 + timedelta(minutes=30))


def at(seconds):
    return T0 + timedelta(seconds=seconds)


def after(*signals, desk=None):
    """Apply (signal, second, facts…) one after another."""
    desk = desk or Desk("2001", "ana", State.OFFLINE, T0, at_console=True, wraps_up=True)
    for signal, second, *facts in signals:
        desk = apply(desk, signal, at(second), LIMITS, **(facts[0] if facts else {}))
    return desk


def works(**facts):
    return after((Signal.READY, 0, {"wanted": READY}), **facts)


CALL = {"linkedid": "c1", "queue": "operators", "outside": True}
TALK = ((Signal.RING, 10, CALL), (Signal.ANSWER, 12, CALL))


def test_a_conversation_ends_in_wrap_up_and_wrap_up_in_what_was_wanted():
    desk = after(*TALK, (Signal.END, 40), desk=works())
    assert (desk.state, desk.until, desk.member) == (State.WRAPUP, at(100), (True, "wrapup"))
    assert after((Signal.OUTCOME, 60), desk=desk).state is State.READY
    assert [(moment, one.state) for moment, one in pass_time(desk, at(500), LIMITS)] == [(at(100), State.READY)]


def test_a_pause_asked_for_during_a_call_comes_after_its_wrap_up():
    desk = after(*TALK, (Signal.PAUSE, 20, {"wanted": MEAL}), desk=works())
    assert (desk.state, desk.member) == (State.TALKING, (True, "obrok"))
    desk = after((Signal.END, 40), (Signal.OUTCOME, 50), desk=desk)
    assert (desk.state, desk.reason, desk.ends_at) == (State.PAUSED, "obrok", MEAL.until)
    assert [one.state for _, one in pass_time(desk, at(3600), LIMITS)] == [State.READY]


def test_a_pause_that_ran_out_during_the_call_is_over():
    short = Wanted(State.PAUSED, "obrok", at(30))
    desk = after(*TALK, (Signal.PAUSE, 20, {"wanted": short}), (Signal.END, 40), (Signal.OUTCOME, 50), desk=works())
    assert desk.state is State.READY


def test_wrap_up_is_lengthened_a_few_times_only():
    desk = after(*TALK, (Signal.END, 40), (Signal.EXTEND, 50), (Signal.EXTEND, 51), desk=works())
    assert desk.until == at(220)
    with pytest.raises(NotNow):
        after((Signal.EXTEND, 52), desk=desk)


def test_a_call_between_colleagues_or_without_a_console_has_no_wrap_up():
    inside = {"linkedid": "c1", "queue": "", "outside": False}
    assert after((Signal.ANSWER, 10, inside), (Signal.END, 20), desk=works()).state is State.READY
    bare = replace(works(), wraps_up=False)
    assert after(*TALK, (Signal.END, 40), desk=bare).state is State.READY


def test_who_was_rung_by_a_colleague_and_put_through_to_a_citizen_owes_the_citizens_outcome():
    asked = (Signal.ANSWER, 10, {"linkedid": "c9", "queue": "", "outside": False})
    desk = after(asked, (Signal.PUT_THROUGH, 20, CALL), desk=works())
    assert (desk.state, desk.since, desk.linkedid) == (State.TALKING, at(20), "c1")
    assert after((Signal.END, 30), desk=desk).owes_outcome_of == "c1"
    with pytest.raises(NotNow):
        after((Signal.PUT_THROUGH, 20, CALL), desk=works())


def test_logging_out_during_a_call_waits_for_its_end():
    desk = after(*TALK, (Signal.OFFLINE, 20, {"wanted": OFFLINE}), desk=works())
    assert (desk.state, desk.member) == (State.TALKING, (True, "offline"))
    desk = after((Signal.END, 40), (Signal.OUTCOME, 41), desk=desk)
    assert (desk.state, desk.member) == (State.OFFLINE, None)


def test_unanswered_calls_in_a_row_pause_and_the_pause_ends_by_itself():
    desk = after((Signal.RING, 10, CALL), (Signal.MISS, 25), desk=works())
    assert (desk.state, desk.misses) == (State.READY, 1)
    desk = after((Signal.RING, 30, CALL), (Signal.END, 44), (Signal.MISS, 45), desk=desk)
    assert (desk.state, desk.reason, desk.ends_at) == (State.PAUSED, "unanswered", at(165))
    assert [one.state for _, one in pass_time(desk, at(165), LIMITS)] == [State.READY]


def test_an_answer_forgets_the_misses():
    desk = after(
        (Signal.RING, 10, CALL),
        (Signal.MISS, 25),
        *((one, 30 + n, f) for n, (one, _, f) in enumerate(TALK)),
        (Signal.END, 50),
        (Signal.OUTCOME, 51),
        (Signal.RING, 60, CALL),
        (Signal.MISS, 75),
        desk=works(),
    )
    assert (desk.state, desk.misses) == (State.READY, 1)


def test_a_lost_console_pauses_and_its_return_gives_back_what_was():
    desk = after((Signal.LOST, 100), desk=works())
    assert (desk.state, desk.reason, desk.member) == (State.LOST, "connection", (True, "connection"))
    assert after((Signal.BACK, 130), desk=desk).state is State.READY
    assert (
        after((Signal.PAUSE, 5, {"wanted": MEAL}), (Signal.LOST, 100), (Signal.BACK, 130), desk=works()).state
        is State.PAUSED
    )


def test_a_console_that_stays_away_leaves_a_pause_never_an_end():
    desk = after((Signal.LOST, 100), desk=works())
    moments = list(pass_time(desk, T0 + timedelta(days=3), LIMITS))
    assert [(moment, one.state, one.reason) for moment, one in moments] == [
        (at(100) + LIMITS.console_return, State.PAUSED, "connection")
    ]
    assert after((Signal.BACK, 90_000), desk=moments[-1][1]).state is State.PAUSED


def test_a_timed_pause_that_ends_while_the_console_is_gone_makes_nobody_ready():
    desk = after((Signal.PAUSE, 0, {"wanted": MEAL}), (Signal.LOST, 100), desk=works())
    assert next(iter(pass_time(desk, at(1801), LIMITS)))[1].state is State.LOST


def test_a_call_in_progress_is_not_touched_by_a_lost_console():
    desk = after(*TALK, (Signal.LOST, 20), desk=works())
    assert (desk.state, desk.member) == (State.TALKING, (True, "connection"))
    desk = after((Signal.END, 40), desk=desk)
    assert desk.state is State.WRAPUP
    assert [one.state for _, one in pass_time(desk, at(101), LIMITS)] == [State.LOST]


def test_a_caller_given_back_ends_the_wrap_up_that_had_begun():
    desk = after(*TALK, (Signal.END, 40), (Signal.ANSWER, 45, CALL), desk=works())
    assert (desk.state, desk.linkedid, desk.outside) == (State.TALKING, "c1", True)


def test_a_ring_that_comes_before_the_pause_breaks_into_a_wrap_up_and_gives_it_back():
    other = {"linkedid": "c2", "queue": "operators"}
    desk = after(*TALK, (Signal.END, 40), (Signal.RING, 41, other), desk=works())
    assert (desk.state, desk.linkedid, desk.owes_outcome_of, desk.member) == (
        State.RINGING, "c2", "c1", (True, "wrapup"),
    )  # fmt: skip
    back = after((Signal.MISS, 56), desk=desk)
    assert (back.state, back.linkedid, back.until, back.owes_outcome_of) == (State.WRAPUP, "c1", at(100), "c1")
    assert after((Signal.END, 101), desk=desk).state is State.READY, "the wrap-up is over meanwhile"
    answered = after((Signal.ANSWER, 43, other), desk=desk)
    assert (answered.state, answered.linkedid, answered.owes_outcome_of) == (State.TALKING, "c2", "")


def test_an_outcome_is_taken_while_it_rings():
    desk = after(*TALK, (Signal.END, 40), (Signal.RING, 41, {"linkedid": "c2"}), (Signal.OUTCOME, 42), desk=works())
    assert (desk.state, desk.owes_outcome_of) == (State.RINGING, "")
    assert after((Signal.MISS, 56), desk=desk).state is State.READY
    with pytest.raises(NotNow):
        after((Signal.OUTCOME, 57), desk=desk)


def test_a_quiet_line_changes_nothing():
    assert list(pass_time(works(), T0 + timedelta(days=30), LIMITS)) == []


@pytest.mark.parametrize("state", State)
def test_only_people_end_a_session(state):
    for signal, target in TABLE[state].items():
        if target is State.OFFLINE:
            assert signal is Signal.OFFLINE


WISHES = (READY, OFFLINE, Wanted(State.PAUSED, "obuka"), MEAL)
STEPS = some.lists(
    some.tuples(
        some.sampled_from(list(Signal)),
        some.sampled_from(WISHES),
        some.sampled_from(("c1", "c2")),
        some.floats(0, 4 * 3600),
        some.booleans(),
    ),
    min_size=1,
    max_size=60,
)
ASKED = {State.READY: Signal.READY, State.PAUSED: Signal.PAUSE, State.OFFLINE: Signal.OFFLINE}


def lived(steps, begin, bound=True):
    """Live through steps, with a process that dies between some of them and comes back from what was stored."""
    ledger, changes = Ledger(None), []
    desk, now = Desk("2001", "ana", State.OFFLINE, begin, at_console=bound, wraps_up=bound), begin
    for signal, wanted, call, seconds, dies in steps:
        now += timedelta(seconds=seconds)
        for moment, later in pass_time(desk, now, LIMITS):
            desk = ledger.moved(desk, later, moment)
        if signal in ASKED.values():
            signal = ASKED[wanted.state]
        facts = {"wanted": wanted, "linkedid": call, "queue": "operators", "outside": True}
        try:
            desk = ledger.moved(desk, apply(desk, signal, now, LIMITS, **facts), now)
        except NotNow:
            continue
        if dies:
            changes += ledger._changes
            desk, ledger = desk_of(stored_of(desk)), Ledger(None)
    return desk, now, changes + ledger._changes


def stored_rows(changes):
    """Play the changes as storage does; doing each twice must make no difference."""
    sessions, rows = {}, {}
    for change in (one for one in changes for _ in range(2)):
        match change:
            case SessionBegun(id, _, _, began_at):
                sessions.setdefault(id, [began_at, None])
            case SessionEnded(id, ended_at, _):
                sessions[id][1] = sessions[id][1] or ended_at
            case ActivityBegun():
                rows[change.session_id, change.began_at] = [change.activity, None]
            case ActivityEnded(id, began_at, ended_at):
                rows[id, began_at][1] = rows[id, began_at][1] or ended_at
    return sessions, rows


@settings(max_examples=300)
@given(
    STEPS, some.booleans(), some.sampled_from((T0, datetime(2026, 10, 25, 0, 30, tzinfo=ZoneInfo("Europe/Belgrade"))))
)
def test_activity_covers_the_session_whatever_happens(steps, bound, begin):
    desk, now, changes = lived(steps, begin.astimezone(UTC), bound)
    sessions, rows = stored_rows(changes)
    for session, (began, ended) in sessions.items():
        own = sorted((start, end) for (one, start), (_, end) in rows.items() if one == session)
        assert own[0][0] == began
        assert all(end == start for (_, end), (start, _) in pairwise(own)), "rows touch"
        assert own[-1][1] == ended, "the last row is open exactly while the session is"
        total = sum(((end or now) - start for start, end in own), timedelta())
        assert total == (ended or now) - began
    going_on = [session for session, (_, ended) in sessions.items() if ended is None]
    assert going_on == ([desk.session] if desk.state is not State.OFFLINE else [])


@settings(max_examples=300)
@given(STEPS)
def test_nobody_is_offered_a_call_who_should_not_be(steps):
    desk, _, _ = lived(steps, T0)
    if desk.member == (False, ""):
        assert desk.wanted.state is State.READY
        assert desk.away is None
        assert desk.state in (State.READY, State.RINGING, State.TALKING)


@settings(max_examples=200)
@given(STEPS)
def test_a_desk_is_stored_and_read_without_loss(steps):
    desk, _, _ = lived(steps, T0)
    assert desk_of(stored_of(desk)) == desk


@settings(max_examples=200)
@given(STEPS)
def test_what_has_a_deadline_ends(steps):
    desk, now, _ = lived(steps, T0)
    for _, later in pass_time(desk, now + timedelta(days=2), LIMITS):
        desk = later
    assert deadline(desk, LIMITS) is None
    assert desk.state is not State.WRAPUP
