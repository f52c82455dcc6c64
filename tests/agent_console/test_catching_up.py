"""A console that was down takes in from CEL what telephones did meanwhile, at the times at which they did it."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from agent_console.operators.observer import PATIENCE
from agent_console.operators.routes import OBSERVER, ROSTER
from agent_console.operators.states import Signal
from calls.events import Event, EventType
from storage.tables import call_legs, calls, cel_rows
from storage.work_tables import operator_activity, wrap_ups
from tests.agent_console.test_operators_day import CALL, STATE

NEXT = "centrala-1700000009.9"
CALLER, PHONE = "PJSIP/trunk-00000001", "PJSIP/2001-00000002"


async def happened(console, linkedid, *rows, over=True):
    """Store a call's rows as (seconds from now, event, channel, data), its legs and its record."""
    now = console.clock()
    values = [
        {
            "source": f"f:{linkedid}:{place}",
            "event": event,
            "at": now + timedelta(seconds=second),
            "linkedid": linkedid,
            "uniqueid": linkedid if channel == CALLER else f"{linkedid}-phone",
            "channel": channel,
            "data": data,
        }
        for place, (second, event, channel, data) in enumerate(rows)
    ]
    first, last = values[0]["at"], values[-1]["at"] if over else None
    leg = {"uniqueid": f"{linkedid}-phone", "linkedid": linkedid, "channel": PHONE, "extension": "2001"}
    record = {"linkedid": linkedid, "arrived_at": first, "ended_at": last, "direction": "inbound", "queue": "operators"}
    record |= {"caller_kind": "number", "search_text": ""}
    async with console.deps.database.begin() as connection:
        await connection.execute(insert(cel_rows), values)
        await connection.execute(insert(call_legs), [leg | {"started_at": first, "ended_at": last}])
        await connection.execute(insert(calls), [record])


def waits(second):
    return second, "APP_START", CALLER, {"appname": "Queue", "context": "queues", "exten": "operators"}


def rings(second):
    return second, "CHAN_START", PHONE, {"context": "operators", "exten": "s"}


def talks(second):
    return second, "BRIDGE_ENTER", PHONE, {"bridge_id": "b"}


def hangs_up(second, who=PHONE):
    return second, "HANGUP", who, {"hangupcause": 16}


async def activities(console, since):
    async with console.deps.database.read() as connection:
        rows = (await connection.execute(select(operator_activity).order_by(operator_activity.c.began_at))).mappings()
        return [(row["activity"], (row["began_at"] - since).total_seconds(), row["linkedid"]) for row in rows]


async def test_a_ring_a_conversation_and_what_is_left_of_its_wrap_up(console):
    await console.json("PUT", STATE, json={"state": "ready", "wrap_up": True})
    began = console.clock()
    await happened(console, CALL, waits(5), rings(10), talks(14), hangs_up(40), hangs_up(40, CALLER))
    console.clock.forward(seconds=50)
    await console.app[OBSERVER].catch_up()
    desk = console.app[ROSTER].desk("2001")
    assert (desk.state, desk.linkedid, (desk.until - began).total_seconds()) == ("wrapup", CALL, 100)
    assert await activities(console, began) == [
        ("ready", 0, None),
        ("ringing", 10, CALL),
        ("talking", 14, CALL),
        ("wrapup", 40, CALL),
    ]
    console.clock.forward(seconds=1)
    await console.app[OBSERVER].catch_up()
    assert len(await activities(console, began)) == 4, "what is known is not taken in again"


async def test_a_second_call_that_came_before_the_outcome_and_a_ring_that_nobody_answered(console):
    await console.json("PUT", STATE, json={"state": "ready", "wrap_up": True})
    began = console.clock()
    await happened(console, CALL, waits(1), rings(2), talks(3), hangs_up(10), hangs_up(10, CALLER))
    await happened(console, NEXT, waits(11), rings(12), hangs_up(27), hangs_up(90, CALLER))
    console.clock.forward(seconds=100)
    await console.app[OBSERVER].catch_up()
    await console.app[OBSERVER].settle()
    assert await activities(console, began) == [
        ("ready", 0, None),
        ("ringing", 2, CALL),
        ("talking", 3, CALL),
        ("wrapup", 10, CALL),
        ("ringing", 12, NEXT),
        ("wrapup", 27, CALL),
        ("ready", 70, None),
    ]
    assert console.app[ROSTER].desk("2001").misses == 1
    async with console.deps.database.read() as connection:
        rows = (await connection.execute(select(wrap_ups))).mappings().all()
    assert [(row["linkedid"], row["how"], (row["at"] - began).total_seconds()) for row in rows] == [
        (CALL, "time_limit", 70)
    ]


async def test_a_conversation_that_goes_on_is_one_and_its_end_is_the_missed_one(console):
    await console.json("PUT", STATE, json={"state": "ready"})
    console.clock.forward(seconds=3)
    await console.app[ROSTER].tell("2001", Signal.ANSWER, console.clock(), linkedid=CALL, outside=True)
    began = console.clock()
    await happened(console, CALL, waits(-2), rings(-1), talks(-0.01), hangs_up(30), hangs_up(30, CALLER))
    console.clock.forward(seconds=60)
    await console.app[OBSERVER].catch_up()
    assert [one[:2] for one in await activities(console, began)] == [("ready", -3), ("talking", 0), ("ready", 30)]


async def test_what_happens_now_waits_for_what_happened_before(console):
    await console.json("PUT", STATE, json={"state": "ready"})
    began, observer = console.clock(), console.app[OBSERVER]
    observer.past_unknown()
    await happened(console, CALL, waits(1), rings(2), talks(3), over=False)
    console.clock.forward(seconds=20)
    gone = {"linkedid": CALL, "operator": "2001", "channel": PHONE}
    observer.take(Event(EventType.OPERATOR_HUNG_UP, console.clock(), gone))
    await observer.catch_up()
    await observer.settle()
    assert [one[:2] for one in await activities(console, began)] == [
        ("ready", 0),
        ("ringing", 2),
        ("talking", 3),
        ("ready", 20),
    ]


async def test_a_past_that_stays_unknown_does_not_stop_the_present(console, monkeypatch):
    assert PATIENCE <= 10
    monkeypatch.setattr("agent_console.operators.observer.PATIENCE", 0.01)
    await console.json("PUT", STATE, json={"state": "ready"})
    observer = console.app[OBSERVER]
    observer.past_unknown()
    ring = {"linkedid": CALL, "operator": "2001", "queue": "operators"}
    observer.take(Event(EventType.CALL_RINGING, console.clock(), ring))
    await observer.settle()
    assert console.app[ROSTER].desk("2001").state == "ringing"


async def test_a_database_that_is_down_is_told_and_nothing_is_lost(console, database_down, monkeypatch):
    await console.json("PUT", STATE, json={"state": "ready"})
    began = console.clock()
    await happened(console, CALL, waits(1), rings(2), talks(3), hangs_up(9), hangs_up(9, CALLER))
    with monkeypatch.context():
        database_down()
        with pytest.raises(OSError, match="cut by the test"):
            await console.app[OBSERVER].catch_up()
    monkeypatch.undo()
    await console.app[OBSERVER].catch_up()
    assert [one[0] for one in await activities(console, began)] == ["ready", "ringing", "talking", "ready"]


async def test_pages_that_were_drawn_too_early_are_told_of_every_operator(console):
    await console.json("PUT", STATE, json={"state": "ready"})
    await console.json("PUT", STATE, user="boris", json={"state": "paused:obuka"})
    told = console.bus.subscribe()
    await console.app[ROSTER].tell_everybody()
    events = [await told.get() for _ in range(2)]
    told.close()
    assert [(one.data["operator"], one.data["state"]) for one in events] == [("2001", "ready"), ("2002", "paused")]
