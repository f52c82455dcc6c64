"""A colleague's transfer to a desk that is not ready: it talks, owes an outcome, and is again what it was.

Events as a real exchange tells them; tests/system/test_steering_at_the_desk.py has the exchange itself.
"""

import pytest

from agent_console.live_socket import HUB
from agent_console.operators.routes import ROSTER
from calls.events import EventType
from storage.work_tables import operator_activity, wrap_ups
from tests.agent_console.desk_day import CALL, STATE, cover, rows

ASKED = "centrala-1700000009.9"
"""The call in which a telephone's keys rang the colleague."""
MINE, OTHERS, SECOND = "PJSIP/w2001-0000000c", "PJSIP/2002-0000000b", "PJSIP/2002-0000000d"


async def a_colleague_talks(day):
    await day.happens(EventType.CALL_QUEUED)
    await day.happens(EventType.CALL_RINGING, operator="2002")
    await day.happens(EventType.CALL_ANSWERED, 2, operator="2002")
    await day.happens(EventType.OPERATOR_TALKS, operator="2002", channel=OTHERS)


async def sent_by_the_console(day):
    await day.happens(EventType.CALL_TRANSFERRED, 5, by="2002", to="operator-2001", how="blind")
    await day.happens(EventType.POP)
    await day.happens(EventType.OPERATOR_HUNG_UP, operator="2002", channel=OTHERS)
    return await day.happens(EventType.OPERATOR_TALKS, 3, channel=MINE)


async def sent_by_keys(day):
    await day.happens(EventType.CALL_TRANSFERRED, 5, by="2002", to="operator-2001", how="blind")
    await day.happens(EventType.POP)
    await day.happens(EventType.CALL_RINGING, queue="")
    await day.happens(EventType.OPERATOR_HUNG_UP, operator="2002", channel=OTHERS)
    return await day.happens(EventType.OPERATOR_TALKS, 3, channel=MINE)


async def asked_by_the_console_and_put_through(day):
    asked = {"operator": "2002", "target": "operator-2001"}
    await day.happens(EventType.CALL_CONSULTED, 5, **asked, state="ringing")
    await day.happens(EventType.OPERATOR_TALKS, 3, channel=MINE)
    await day.happens(EventType.CALL_TRANSFERRED, 4, by="2002", to="operator-2001", how="attended")
    await day.happens(EventType.OPERATOR_TALKS, channel=MINE)
    return await day.happens(EventType.OPERATOR_HUNG_UP, operator="2002", channel=OTHERS)


async def asked_by_keys_and_put_through(day):
    await day.happens(EventType.OPERATOR_TALKS, 5, operator="2002", channel=SECOND, linkedid=ASKED, queue="")
    await day.happens(EventType.OPERATOR_TALKS, channel=MINE, linkedid=ASKED, queue="")
    await day.happens(EventType.CALL_TRANSFERRED, 4, by="2002", to="operator-2001", how="attended")
    await day.happens(EventType.OPERATOR_HUNG_UP, operator="2002", channel=OTHERS)
    return await day.happens(EventType.OPERATOR_HUNG_UP, operator="2002", channel=SECOND)


WAYS = [sent_by_the_console, sent_by_keys, asked_by_the_console_and_put_through, asked_by_keys_and_put_through]


@pytest.mark.parametrize("transfer", WAYS)
async def test_a_paused_desk_talks_owes_an_outcome_and_is_paused_again_for_the_same_reason(day, transfer):
    await day.json("PUT", STATE, json={"state": "paused:obuka", "wrap_up": True})
    await a_colleague_talks(day)
    desk = await transfer(day)
    assert (desk.state, desk.linkedid, desk.outside, desk.wanted.reason) == ("talking", CALL, True, "obuka")
    assert (await day.json("GET", "/api/v1/operators"))["items"][0]["state"] == "talking"
    desk = await day.happens(EventType.OPERATOR_HUNG_UP, 30, channel=MINE)
    assert (desk.state, desk.linkedid) == ("wrapup", CALL)
    desk = await day.happens(seconds=61)
    assert (desk.state, desk.reason, desk.member) == ("paused", "obuka", (True, "obuka"))
    assert [(row["linkedid"], row["how"]) for row in await rows(day, wrap_ups)] == [(CALL, "time_limit")]
    activity = [row["activity"] for row in await rows(day, operator_activity)]
    assert activity[-3:] == ["talking", "wrapup", "paused"]
    await day.json("PUT", STATE, json={"state": "offline"})
    await cover(day)


async def test_a_wrap_up_into_which_a_transfer_comes_is_over_and_the_new_call_has_its_own(day):
    await day.json("PUT", STATE, json={"state": "ready", "wrap_up": True})
    await day.happens(EventType.CALL_ANSWERED, linkedid=ASKED)
    await day.happens(EventType.OPERATOR_TALKS, linkedid=ASKED, channel="PJSIP/w2001-00000001")
    desk = await day.happens(EventType.OPERATOR_HUNG_UP, 5, linkedid=ASKED, channel="PJSIP/w2001-00000001")
    assert (desk.state, desk.linkedid) == ("wrapup", ASKED)
    await a_colleague_talks(day)
    assert (await sent_by_the_console(day)).state == "talking"
    desk = await day.happens(EventType.OPERATOR_HUNG_UP, 30, channel=MINE)
    assert (desk.state, desk.linkedid) == ("wrapup", CALL)
    assert [(row["linkedid"], row["how"]) for row in await rows(day, wrap_ups)] == [(ASKED, "next_call")]


async def test_a_telephone_that_cannot_be_rung_does_not_leave_its_desk_ringing(day):
    await day.json("PUT", STATE, json={"state": "paused:obuka"})
    await a_colleague_talks(day)
    await day.happens(EventType.CALL_TRANSFERRED, 5, by="2002", to="operator-2001", how="blind")
    assert (await day.happens(EventType.CALL_RINGING, queue="")).state == "ringing"
    desk = await day.happens(EventType.CALL_RETURNED, target="operator-2001", why="chanunavail")
    assert (desk.state, desk.reason, desk.misses) == ("paused", "obuka", 0)


async def test_who_is_not_at_work_sees_the_call_and_has_no_session(day):
    await a_colleague_talks(day)
    assert await sent_by_the_console(day) is None
    assert day.app[ROSTER].desk("2001") is None
    page = await (await day.client.get("/console/desk/call", headers={"Authorization": "Bearer token-of-ana"})).text()
    assert 'data-call-state="talks"' in page
    assert day.app[HUB].board.of_operator("2001").operator == "2001"
