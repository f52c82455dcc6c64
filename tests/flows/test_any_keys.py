"""Whatever a caller presses, and whatever fails, the engine reaches an end within its limits and never raises."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calls.channel_variables import Destination
from ivr.answers import Answer, CaseCreated, Failed, HungUp, Keys, LookupResult, Recorded
from ivr.context import CallContext, UrgentNotice
from ivr.engine import repeat, resume, start
from ivr.limits import MAX_PATH, MAX_TURNS_PER_CALL
from ivr.loader import Flows
from ivr.schedule import Calendar
from ivr.session import Session
from ivr.waits import CreateCase, End, Gather, Lookup, Record, Wait

ODD_KEYS = ("", "", "1", "2", "3", "9", "*", "#", "26100412", "26100413", "1234", "12", "99999999999999999999", "ž\n")


def _answer(chance: Random, wait: Wait) -> Answer:
    fitting: dict[type, Answer] = {
        Gather: Keys(chance.choice(ODD_KEYS)),
        Lookup: LookupResult(chance.random() < 0.5, "Primljeno."),
        Record: Recorded("a.wav", chance.choice((0.0, 0.5, 9.0)), chance.random() < 0.3),
        CreateCase: CaseCreated("26100412", chance.choice(("", "1234"))),
    }
    if chance.random() < 0.05:  # a failure, or something that was not asked for
        return chance.choice((*fitting.values(), Failed("down"), HungUp()))
    return fitting[type(wait)]


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), hours=st.integers(0, 24 * 365))
def test_every_call_ends_within_the_limits(flows: Flows, calendars: dict[str, Calendar], seed: int, hours: int) -> None:
    chance = Random(seed)  # noqa: S311 - a caller's fingers, not a secret
    urgent = chance.choice((None, UrgentNotice(sound="u"), UrgentNotice(texts={"sr": "Vest"})))
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
    context = CallContext(now, chance.choice(list(calendars.values())), urgent=urgent)
    turn = start(flows, chance.choice(("inbound", "message")), context)
    turns = 0
    while not isinstance(turn.wait, End):
        if chance.random() < 0.05:  # the server is killed; another one goes on from the journal
            turn = repeat(flows, Session.from_json(json.loads(json.dumps(turn.session.to_json()))), context)
            continue
        turn = resume(flows, turn.session, _answer(chance, turn.wait), context)
        turns += 1
        assert turns <= MAX_TURNS_PER_CALL + 1
        assert len(turn.session.path) <= MAX_PATH
    assert turn.wait.destination in Destination.ALL


def test_a_caller_who_never_stops_reaches_a_person(flows: Flows, calendars: dict[str, Calendar]) -> None:
    context = CallContext(datetime(2026, 11, 23, 9, tzinfo=UTC), calendars["sample"])
    turn = start(flows, "inbound", context)
    keys = iter("11" + "2*" * MAX_TURNS_PER_CALL)
    turns = 0
    while not isinstance(turn.wait, End):
        turn = resume(flows, turn.session, Keys(next(keys)), context)
        turns += 1
    assert turns == MAX_TURNS_PER_CALL + 1
    assert turn.wait == End(Destination.QUEUE, "operators", "flow failed")


def test_a_session_whose_node_was_edited_away_reaches_a_person(flows: Flows, calendars: dict[str, Calendar]) -> None:
    context = CallContext(datetime(2026, 11, 23, 9, tzinfo=UTC), calendars["sample"])
    turn = resume(flows, Session("inbound", "gone", "sr"), Keys("1"), context)
    assert turn.wait == End(Destination.QUEUE, "operators", "flow failed")
    assert turn.facts[0][1]["node"] == "inbound.gone"
