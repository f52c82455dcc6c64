"""An operator's day at the server: calls, wrap-up, refusals, lost consoles, restarts. Bus events play the PBX."""

import asyncio
import random
from contextlib import asynccontextmanager
from datetime import timedelta
from unittest.mock import AsyncMock

from agent_console.live_socket import HUB
from agent_console.operators.observer import GRACE, GRACE_AT_START
from agent_console.operators.routes import OBSERVER, ROSTER
from calls.events import Event, EventType
from calls.ports import ChannelNow, MemberNow, PbxSnapshot
from storage.tables import call_legs
from storage.work_tables import operator_activity, operator_sessions, wrap_ups
from tests.agent_console.desk_day import CALL, STATE, a_new_process, cover, rows

WRAPUP = "/api/v1/operators/me/wrapup"


async def conversation(day, **state):
    await day.json("PUT", STATE, json={"state": "ready", "wrap_up": True} | state)
    await day.happens(EventType.CALL_QUEUED, 1)
    await day.happens(EventType.CALL_RINGING, 1)
    await day.happens(EventType.CALL_ANSWERED, 2)
    await day.happens(EventType.OPERATOR_TALKS, 0, channel="PJSIP/2001-1")
    return await day.happens(EventType.OPERATOR_HUNG_UP, 30, channel="PJSIP/2001-1")


async def test_wrap_up_from_the_end_of_the_call_to_the_outcome(day):
    desk = await conversation(day)
    assert desk.state == "wrapup"
    assert day.pbx.done[-1] == ("pause", "2001", True, "wrapup"), "no call is offered meanwhile"
    await day.json("POST", WRAPUP, json={"outcome": "informed"}, key="wrap-up-key-1")
    assert day.pbx.done[-1] == ("pause", "2001", False, "")
    assert (await day.json("GET", "/api/v1/operators"))["items"][0]["state"] == "ready"
    stored = await rows(day, wrap_ups)
    assert [(row["linkedid"], row["outcome"], row["how"]) for row in stored] == [(CALL, "informed", "operator")]


async def test_wrap_up_ends_without_anybody_and_is_shown_as_missing(day):
    await conversation(day)
    desk = await day.happens(seconds=61)
    assert desk.state == "ready"
    missing = await day.json("GET", "/api/v1/operators/missing-outcomes", user="vera")
    assert [(one["linkedid"], one["how"]) for one in missing["items"]] == [(CALL, "time_limit")]
    await day.json("POST", WRAPUP, json={"outcome": "informed", "linkedid": CALL}, key="wrap-up-key-2")
    assert (await day.json("GET", "/api/v1/operators/missing-outcomes", user="vera"))["total"] == 0, "given late"


async def test_an_outcome_is_required(day):
    await conversation(day)
    await day.json("POST", WRAPUP, 422, json={"outcome": "nothing_known"}, key="wrap-up-key-3")
    await day.json("PUT", STATE, json={"state": "ready"})
    assert day.app[ROSTER].desk("2001").state == "wrapup", "pressing ready is no outcome"


async def test_more_time(day):
    await conversation(day)
    until = day.app[ROSTER].desk("2001").until
    assert (await day.json("POST", f"{WRAPUP}/extend"))["until"] > until.isoformat().replace("+00:00", "Z")
    await day.json("POST", f"{WRAPUP}/extend")
    assert (await day.json("POST", f"{WRAPUP}/extend", 409))["error_id"] == "conflict"


async def test_a_refused_pause_after_the_call_is_told_and_tried_again(day):
    await day.json("PUT", STATE, json={"state": "ready", "wrap_up": True})
    await day.happens(EventType.CALL_ANSWERED, 2)
    day.pbx.refuse = "Interface not found"
    await day.happens(EventType.CALL_ENDED, 10)
    told = (await day.json("GET", "/api/v1/operators"))["items"][0]
    assert (told["state"], told["fault"]) == ("wrapup", "Interface not found")
    day.pbx.refuse = ""
    await day.happens(seconds=6)
    assert (await day.json("GET", "/api/v1/operators"))["items"][0]["fault"] == ""
    assert ("pause", "2001", True, "wrapup") in day.pbx.done


async def test_a_timed_pause_ends_by_itself(day):
    answer = await day.json("PUT", STATE, json={"state": "paused:obrok", "minutes": 30})
    assert answer["until"] is not None
    assert (await day.happens(seconds=1799)).state == "paused"
    assert (await day.happens(seconds=1)).state == "ready"
    assert day.pbx.done[-1] == ("pause", "2001", False, "")


async def test_unanswered_calls_put_last_then_pause_then_return(day):
    await day.json("PUT", STATE, json={"state": "ready"})
    await day.happens(EventType.CALL_RINGING, 1)
    await day.happens(EventType.CALL_MISSED_BY, 15)
    assert ("penalty", "operators", "2001", 100) in day.pbx.done, "everybody else is asked first"
    await day.happens(seconds=21)
    assert day.pbx.done[-1] == ("penalty", "operators", "2001", 0)
    for _ in range(2):
        await day.happens(EventType.CALL_RINGING, 1)
        desk = await day.happens(EventType.CALL_MISSED_BY, 15)
    assert (desk.state, desk.reason) == ("paused", "unanswered")
    assert ("pause", "2001", True, "unanswered") in day.pbx.done
    assert (await day.happens(seconds=120)).state == "ready"
    assert not [one for one in day.pbx.done if one[0] == "remove"], "nobody is ever logged out for it"


async def ready_in_a_browser(day):
    csrf = await day.sign_in()
    response = await day.client.put(STATE, json={"state": "ready"}, headers={"X-CSRF-Token": csrf})
    assert response.status == 200, await response.text()
    return await day.client.ws_connect("/api/v1/live")


async def close(day, socket):
    """Close a browser's connection and let the server notice."""
    before = day.app[HUB].clients
    await socket.close()
    async with asyncio.timeout(30):
        while day.app[HUB].clients == before:
            await asyncio.sleep(0)
    await day.happens()


async def test_a_closed_console_pauses_within_ten_seconds_and_its_return_gives_back(day):
    socket = await ready_in_a_browser(day)
    assert (await day.happens(seconds=3600)).state == "ready", "a quiet line logs nobody out"
    await close(day, socket)
    desk = await day.happens(seconds=GRACE.total_seconds())
    assert (desk.state, desk.reason) == ("lost", "connection")
    assert day.pbx.done[-1] == ("pause", "2001", True, "connection")
    told = (await day.json("GET", "/api/v1/operators"))["items"][0]
    assert (told["state"], told["reason"]) == ("paused", "connection")
    socket = await day.client.ws_connect("/api/v1/live")
    assert (await day.happens()).state == "ready"
    assert day.pbx.done[-1] == ("pause", "2001", False, "")
    await socket.close()


async def test_two_tabs_do_not_fight(day):
    first = await ready_in_a_browser(day)
    second = await day.client.ws_connect("/api/v1/live")
    await close(day, first)
    assert (await day.happens(seconds=60)).state == "ready"
    await second.close()


async def test_a_reload_is_shorter_than_the_grace(day):
    socket = await ready_in_a_browser(day)
    await close(day, socket)
    await day.happens(seconds=GRACE.total_seconds() / 2)
    socket = await day.client.ws_connect("/api/v1/live")
    assert (await day.happens(seconds=60)).state == "ready"
    assert not [one for one in day.pbx.done if one[0] == "pause" and one[2]]
    await socket.close()


async def test_an_operator_of_the_api_is_bound_to_no_console(day):
    await day.json("PUT", STATE, json={"state": "ready"})
    assert (await day.happens(seconds=3600)).state == "ready"


async def test_wrap_up_of_a_lost_console_ends_as_gone(day):
    socket = await ready_in_a_browser(day)
    await day.happens(EventType.CALL_ANSWERED, 1)
    await close(day, socket)
    desk = await day.happens(seconds=10)
    assert desk.state == "talking", "a call in progress is not touched"
    await day.happens(EventType.CALL_ENDED, 10)
    desk = await day.happens(seconds=61)
    assert (desk.state, desk.reason) == ("lost", "connection")
    assert [(row["outcome"], row["how"]) for row in await rows(day, wrap_ups)] == [("", "gone")]


async def test_a_thousand_killed_tabs_leave_no_stuck_pause(day, monkeypatch):
    chance = random.Random(7)  # noqa: S311 - chance, not a secret
    csrf = await day.sign_in()
    await day.client.put(STATE, json={"state": "ready"}, headers={"X-CSRF-Token": csrf})
    there = set()
    monkeypatch.setattr(day.app[HUB], "tabs", lambda: frozenset(there))
    saved = AsyncMock(return_value=True)  # all of it is stored at the end, at once
    monkeypatch.setattr(day.app[ROSTER].ledger, "save", saved)
    lost = 0
    for _ in range(1000):
        there.add("2001")
        await day.happens()
        if chance.random() < 0.3:
            await day.happens(EventType.CALL_ANSWERED, 1)
        there.clear()
        await day.happens()
        desk = await day.happens(seconds=chance.uniform(0, 120))
        lost += desk.away is not None
        await day.happens(EventType.CALL_ENDED, 1)
        await day.happens(seconds=chance.uniform(0, 90))
    there.add("2001")
    await day.happens()
    desk = await day.happens(seconds=120)
    monkeypatch.undo()
    async with asyncio.timeout(60):
        while not await day.app[ROSTER].ledger.save():
            await asyncio.sleep(0)
    assert lost > 500
    assert (desk.state, desk.member) == ("ready", (False, ""))
    assert [one for one in day.pbx.done if one[0] == "pause"][-1] == ("pause", "2001", False, "")
    await cover(day)


async def test_rows_cover_the_session_and_name_the_call(day):
    await conversation(day)
    day.clock.forward(seconds=7)
    await day.json("POST", WRAPUP, json={"outcome": "informed"}, key="wrap-up-key-4")
    day.clock.forward(seconds=5)
    await day.json("PUT", STATE, json={"state": "offline"})
    found = [(row["activity"], row["linkedid"]) for row in await rows(day, operator_activity)]
    assert found == [
        ("ready", None), ("ringing", CALL), ("talking", CALL), ("wrapup", CALL), ("ready", None),
    ]  # fmt: skip
    await cover(day)
    session = (await rows(day, operator_sessions))[0]
    assert session["end_reason"] == "offline"
    assert session["ended_at"] - session["began_at"] == timedelta(seconds=46)


async def test_what_happens_while_the_database_is_down_is_stored_afterwards(day, database_down, monkeypatch):
    await day.json("PUT", STATE, json={"state": "ready", "wrap_up": True})
    with monkeypatch.context():
        database_down()
        await day.happens(EventType.CALL_ANSWERED, 2)
        await day.happens(EventType.CALL_ENDED, 10)
        await day.happens(seconds=61)
    monkeypatch.undo()
    await day.happens()
    assert [row["activity"] for row in await rows(day, operator_activity)] == ["ready", "talking", "wrapup", "ready"]
    assert [row["how"] for row in await rows(day, wrap_ups)] == ["time_limit"]
    await cover(day)


async def test_nobodys_pause_waits_for_anothers_row(day, monkeypatch):
    for user, extension in (("ana", "2001"), ("boris", "2002")):
        await day.json("PUT", STATE, user=user, json={"state": "ready", "wrap_up": True})
        await day.happens(EventType.CALL_ANSWERED, 1, operator=extension, linkedid=f"centrala-1.{extension}")
    begin, may_store = day.deps.database.begin, asyncio.Event()

    @asynccontextmanager
    async def slow():
        await may_store.wait()
        async with begin() as connection:
            yield connection

    monkeypatch.setattr(day.deps.database, "begin", slow)
    for extension in ("2001", "2002"):
        sent = {"linkedid": f"centrala-1.{extension}", "operator": extension, "channel": ""}
        day.app[HUB].take(Event(EventType.OPERATOR_HUNG_UP, day.clock(), sent))
    paused = {("pause", extension, True, "wrapup") for extension in ("2001", "2002")}
    async with asyncio.timeout(60):
        while not paused <= set(day.pbx.done):
            await asyncio.sleep(0.01)
    may_store.set()
    await day.happens()
    found = [row["activity"] for row in await rows(day, operator_activity) if row["ended_at"] is None]
    assert found == ["wrapup", "wrapup"]


async def test_a_killed_console_goes_on_from_the_open_row(day):
    await day.json("PUT", STATE, json={"state": "ready", "wrap_up": True})
    await day.happens(EventType.CALL_ANSWERED, 2)
    ended = day.clock() + timedelta(seconds=30)
    leg = {"uniqueid": "c.2", "linkedid": CALL, "channel": "PJSIP/2001-2", "extension": "2001",
           "started_at": day.clock(), "answered_at": day.clock(), "ended_at": ended, "cause": 16}  # fmt: skip
    async with day.deps.database.begin() as connection:
        await connection.execute(call_legs.insert().values(leg))
    day.clock.forward(seconds=300)
    await a_new_process(day)
    await day.app[OBSERVER].agree(PbxSnapshot(day.clock(), (), (), ()))
    await day.happens()
    found = await rows(day, operator_activity)
    assert [row["activity"] for row in found] == ["ready", "talking", "wrapup", "ready"]
    assert found[1]["ended_at"] == ended, "the call's own record says when it was over"
    assert found[2]["ended_at"] == ended + timedelta(seconds=60)
    await cover(day)


async def test_a_talk_that_goes_on_through_a_restart_is_one_row(day):
    await day.json("PUT", STATE, json={"state": "ready", "wrap_up": True})
    await day.happens(EventType.CALL_ANSWERED, 2)
    day.clock.forward(seconds=60)
    await a_new_process(day)
    channel = ChannelNow("c.2", CALL, "PJSIP/2001-00000002", "Up", "AppQueue", 60)
    member = MemberNow("operators", "2001", False, "", "in_use")
    day.pbx.done.clear()
    await day.app[OBSERVER].agree(PbxSnapshot(day.clock(), (channel,), (), (member,)))
    assert day.app[ROSTER].desk("2001").state == "talking"
    assert day.pbx.done == [], "the PBX agrees already"
    assert len(await rows(day, operator_activity)) == 2


async def test_consoles_have_time_to_come_back_after_a_restart(day):
    socket = await ready_in_a_browser(day)
    await close(day, socket)
    await a_new_process(day)
    await day.happens()
    assert (await day.happens(seconds=GRACE_AT_START.total_seconds() - 1)).state == "ready"
    assert (await day.happens(seconds=GRACE.total_seconds())).state == "lost"


async def test_members_that_the_pbx_has_otherwise_are_mended(day):
    await day.json("PUT", STATE, json={"state": "ready"})
    day.clock.forward(seconds=60)
    day.pbx.done.clear()
    wrong = MemberNow("operators", "2001", True, "old", "not_in_use")
    for members in ((), (wrong,)):
        await day.app[OBSERVER].agree(PbxSnapshot(day.clock(), (), (), members))
        assert ("add", "operators", "2001", False, "") in day.pbx.done
        day.pbx.done.clear()


async def test_a_caller_who_went_on_to_the_next_queue_is_on_the_desk_of_who_answers(day):
    await day.json("PUT", STATE, json={"state": "ready"})
    await day.happens(EventType.CALL_QUEUED, 1, queue="english")
    await day.happens(EventType.CALL_ENDED, 30, outcome="abandoned_queue")
    await day.happens(EventType.CALL_QUEUED, 0)
    await day.happens(EventType.CALL_RINGING, 0)
    desk = await day.happens(EventType.CALL_ANSWERED, 2)
    assert desk.state == "talking"
    assert day.app_board().of_operator("2001").linkedid == CALL
