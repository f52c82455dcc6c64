from datetime import UTC, datetime

import pytest

from ami.messages import parse_event
from ami.translate import to_events
from calls.events import EventType

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def events(**headers):
    message = parse_event(headers)
    return [] if message is None else [(event.type, event.data) for event in to_events(message, NOW)]


def test_a_ringing_phone_pops_before_it_is_shown_as_ringing():
    found = events(event="AgentCalled", linkedid="p-1.1", queue="operators", interface="PJSIP/2001")
    assert [kind for kind, _ in found] == [EventType.POP, EventType.CALL_RINGING]
    assert found[0][1] == {"linkedid": "p-1.1", "operator": "2001", "queue": "operators"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("QueueCallerJoin", EventType.CALL_QUEUED),
        ("AgentConnect", EventType.CALL_ANSWERED),
        ("AgentRingNoAnswer", EventType.CALL_MISSED_BY),
        ("QueueCallerAbandon", EventType.CALL_ENDED),
    ],
)
def test_queue_events(name, kind):
    found = events(event=name, linkedid="p-1.1", queue="operators", interface="PJSIP/2001", holdtime="x", position="")
    assert [entry[0] for entry in found] == [kind]


@pytest.mark.parametrize(
    ("name", "kind"), [("BridgeEnter", EventType.OPERATOR_TALKS), ("Hangup", EventType.OPERATOR_HUNG_UP)]
)
def test_an_operators_phone_talks_and_hangs_up(name, kind):
    for channel in ("PJSIP/2001-0000001a", "PJSIP/w2001-0000001a"):
        found = events(event=name, linkedid="p-1.1", channel=channel)
        assert found == [(kind, {"linkedid": "p-1.1", "operator": "2001", "channel": channel})]
    assert events(event=name, linkedid="p-1.1", channel="PJSIP/test-0000001b") == []


@pytest.mark.parametrize("headers", [{}, {"event": "AgentCalled"}, {"event": "VarSet", "linkedid": "1.1"}])
def test_what_we_do_not_use_is_nothing(headers):
    assert events(**headers) == []


def test_a_call_offered_to_the_phone_in_the_browser_is_offered_to_the_same_operator():
    found = events(event="AgentCalled", linkedid="p-1.1", queue="operators", interface="PJSIP/w2001")
    assert {data["operator"] for _, data in found} == {"2001"}
