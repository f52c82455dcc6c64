from datetime import UTC, datetime

import pytest

from ami.conversation_news import news_events, parse_news
from calls.events import EventType

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def events(**headers):
    news = parse_news(headers)
    return [] if news is None else [(event.type, dict(event.data)) for event in news_events(news, NOW)]


def test_a_telephones_own_hold_is_told():
    found = events(event="Hold", channel="PJSIP/2001-0000000a", linkedid="1.1", uniqueid="1.2")
    assert found == [(EventType.CALL_HELD, {"linkedid": "1.1", "operator": "2001", "held": True, "by": "phone"})]
    assert events(event="Hold", channel="PJSIP/test-0000000a", linkedid="1.1") == [], "a citizen's hold is theirs"


def test_a_blind_transfer_by_a_telephone_pops_where_it_rings():
    found = events(
        event="BlindTransfer", result="Success", transfererchannel="PJSIP/2001-0000000a", transfererlinkedid="1.1",
        transfereelinkedid="1.1", extension="2002",
    )  # fmt: skip
    assert [kind for kind, _ in found] == [EventType.CALL_TRANSFERRED, EventType.POP, EventType.CALL_RINGING]
    assert found[0][1] == {"linkedid": "1.1", "by": "2001", "to": "operator-2002", "how": "blind"}


def test_an_attended_transfer_by_a_telephone_names_who_has_the_call_now():
    found = events(
        event="AttendedTransfer", result="Success", origtransfererchannel="PJSIP/2001-0000000a",
        origtransfererlinkedid="1.1", transfereelinkedid="1.1", transfertargetchannel="PJSIP/2002-0000000b",
    )  # fmt: skip
    assert found == [
        (EventType.CALL_TRANSFERRED, {"linkedid": "1.1", "by": "2001", "to": "operator-2002", "how": "attended"})
    ]


def test_a_refused_transfer_changes_nothing():
    assert events(event="BlindTransfer", result="Fail", transfererchannel="PJSIP/2001-0000000a") == []


@pytest.mark.parametrize(
    ("what", "to", "kinds"),
    [
        ("consult-over", "operator-2002", [EventType.CALL_CONSULTED]),
        ("failed", "operator-2002", [EventType.CALL_RETURNED]),
        ("returning", "operator-2001", [EventType.POP, EventType.CALL_RINGING]),
        ("queue", "queue-operators", []),
    ],
)
def test_what_the_dialplan_tells(what, to, kinds):
    found = events(event="UserEvent", userevent="CentralaCall", call="1.1", what=what, to=to, why="BUSY")
    assert [kind for kind, _ in found] == kinds
    assert all(data["linkedid"] == "1.1" for _, data in found)


def test_other_user_events_are_nothing():
    assert events(event="UserEvent", userevent="Other", call="1.1", what="failed") == []
