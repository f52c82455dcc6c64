from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from cases.ladder import MORE_TIME, PAUSE, Attempt, AttemptOutcome, Failed, Ladder, OrderPath, Taken, next_step
from cases.order_reasons import OrderReason

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
WHOLE = Ladder("sip:radio-1", "PJSIP/0641@trunk", "PJSIP/0642@trunk")


@dataclass
class Tried:
    path: str
    outcome: str | None
    ended_at: datetime | None = NOW


def climb(ladder, outcomes, now=NOW):
    """Answer each attempt with the next outcome; return the paths tried and the last word."""
    tried = []
    for outcome in [*outcomes, None]:
        step = next_step(tried, now, ladder)
        if not isinstance(step, Attempt) or outcome is None:
            return [one.path for one in tried], step
        tried.append(Tried(step.path, outcome, step.not_before))
        now = max(now, step.not_before)
    raise AssertionError("not reached")


def test_silence_climbs_the_whole_ladder_then_fails():
    paths, last = climb(WHOLE, ["no_answer", "no_key", "wrong_key", "failed"])
    assert paths == ["radio", "radio", "crew_phone", "duty_phone"]
    assert last == Failed(OrderReason.NOT_CONFIRMED, 4)


def test_an_acknowledgement_ends_it():
    assert climb(WHOLE, ["no_key", "acknowledged"])[1] == Taken()


def test_a_missing_path_is_left_out():
    assert climb(Ladder(crew_phone="x"), ["no_answer"])[0] == ["crew_phone"]
    assert isinstance(climb(Ladder(crew_phone="x"), ["no_answer"])[1], Failed)
    assert next_step([], NOW, Ladder()) == Failed(OrderReason.NO_WAY)


def test_first_try_is_at_once_and_the_next_after_a_pause():
    assert next_step([], NOW, WHOLE) == Attempt(OrderPath.RADIO, "sip:radio-1", NOW)
    assert next_step([Tried("radio", "no_key")], NOW, WHOLE) == Attempt(OrderPath.RADIO, "sip:radio-1", NOW + PAUSE)
    late = NOW + timedelta(hours=1)
    assert next_step([Tried("radio", "no_key")], late, WHOLE) == Attempt(OrderPath.RADIO, "sip:radio-1", late)


def test_more_time_rings_the_same_path_later_but_not_for_ever():
    asked = Tried("radio", "more_time")
    assert next_step([asked], NOW, WHOLE) == Attempt(OrderPath.RADIO, "sip:radio-1", NOW + MORE_TIME)
    paths, last = climb(WHOLE, ["more_time"] * 7)
    assert paths == ["radio"] * 5 + ["crew_phone", "duty_phone"]
    assert isinstance(last, Failed)


def test_hand_over_goes_to_the_duty_phone_then_to_a_person():
    assert climb(WHOLE, ["handed_over"])[1] == Attempt(OrderPath.DUTY_PHONE, "PJSIP/0642@trunk", NOW)
    assert isinstance(climb(WHOLE, ["handed_over", "handed_over"])[1], Failed)
    assert isinstance(climb(Ladder(radio="r"), ["handed_over"])[1], Failed)


@pytest.mark.parametrize("outcome", [None, *AttemptOutcome])
def test_every_outcome_leads_somewhere_and_a_killed_sender_counts_as_failed(outcome):
    step = next_step([Tried("radio", outcome, None)], NOW, WHOLE)
    assert isinstance(step, (Attempt, Taken, Failed))
    if outcome is None:
        assert step == next_step([Tried("radio", "failed", None)], NOW, WHOLE)
