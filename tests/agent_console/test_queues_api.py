"""Several queues: who is in which, who waits where, and one shape of it all."""

from dataclasses import replace

import pytest

from agent_console.operators.desk import State, Wanted
from agent_console.operators.roster import Roster
from agent_console.queues.own_operator import OwnOperators
from calls.events import Event, EventType
from calls.ids import CaseNumber
from calls.ports import MemberNow, PbxSnapshot, WaitingNow
from cases.case import CaseChannel, CaseKind, NewCase
from storage import case_repository
from storage.tables import calls
from tests.agent_console.conftest import NOW, TOWN

STATE = "/api/v1/operators/me/state"


@pytest.fixture
def skilled(console):
    """A roster that knows the sample town's queues."""
    return Roster(replace(console.deps, queues=lambda: TOWN.all_queues, queues_of=TOWN.queues_of))


async def test_a_phone_is_rung_in_the_queues_of_its_operators_skills(console, skilled):
    await skilled.ask("2002", "ana", Wanted(State.READY))
    assert {done[1] for done in console.pbx.done if done[0] == "add"} == {"operators", "hungarian", "own-2002"}
    console.pbx.done.clear()
    await skilled.ask("2002", "ana", Wanted(State.OFFLINE))
    assert {done[1] for done in console.pbx.done if done[0] == "remove"} == {"operators", "hungarian", "own-2002"}


async def test_after_a_restart_a_phone_leaves_the_queues_whose_skill_is_gone(console, skilled):
    await skilled.ask("2002", "ana", Wanted(State.READY))
    console.pbx.done.clear()
    await skilled.restore()
    assert ("add", "hungarian", "2002", False, "") in console.pbx.done
    assert {done[1] for done in console.pbx.done if done[0] == "remove"} == {"english", "slovak", "romanian"}


@pytest.fixture
def several(console):
    object.__setattr__(console.deps, "queues", lambda: TOWN.all_queues)
    console.pbx.now = PbxSnapshot(
        NOW,
        (),
        (
            WaitingNow("1.1", "operators", 1, 40),
            WaitingNow("1.2", "hungarian", 1, 5),
            WaitingNow("1.3", "own-2002", 1, 2),
        ),
        (
            MemberNow("operators", "2001", False, "", "not_in_use"),
            MemberNow("operators", "2002", True, "obrok", "not_in_use"),
            MemberNow("operators", "2003", False, "", "in_use"),
            MemberNow("operators", "2004", False, "", "unavailable"),
            MemberNow("hungarian", "2002", True, "obrok", "not_in_use"),
        ),
    )
    return console


async def test_every_queue_is_told(several):
    items = {one["name"]: one for one in (await several.json("GET", "/api/v1/queues"))["items"]}
    assert list(items) == ["operators", "english", "hungarian", "slovak", "romanian"]
    general, hungarian = items["operators"], items["hungarian"]
    assert (general["logged_in"], general["ready"], general["longest_wait"]) == (3, 1, 40)
    assert [one["linkedid"] for one in general["waiting"]] == ["1.1", "1.3"], "on the way to it as well"
    assert (hungarian["ready"], hungarian["languages"]) == (0, ["hu"])
    assert hungarian["overflow"] == {"wait": "operators", "empty": "operators"}


async def test_the_wait_is_counted_through_every_queue(several):
    board = several.app_board()
    board.apply(Event(EventType.CALL_QUEUED, NOW, {"linkedid": "1.1", "queue": "hungarian", "position": 1}))
    several.clock.forward(seconds=75)
    board.apply(Event(EventType.CALL_QUEUED, several.clock(), {"linkedid": "1.1", "queue": "operators", "position": 1}))
    board.apply(Event(EventType.CALL_QUEUED, several.clock(), {"linkedid": "1.3", "queue": "own-2002", "position": 1}))
    items = (await several.json("GET", "/api/v1/queues"))["items"]
    assert items[0]["waiting"][0]["waited"] == 75
    assert (board.calls["1.1"].queue, board.calls["1.3"].queue) == ("operators", "")


async def test_whose_case_it_is_is_told_to_the_dialplan_while_the_caller_is_in_the_menu(console, database_down):
    steps = [Event(EventType.CALL_MENU, NOW, {"linkedid": "2.1", "node": node}) for node in ("language", "main")]
    own = OwnOperators(console.deps, lambda: 14)
    await own.on_event(steps[0])
    assert console.pbx.done == [], "it is not stored yet who calls"
    token = "t" * 64
    async with console.deps.database.begin() as connection:
        for linkedid, operator in (("1.1", "2003"), ("2.1", None)):
            row = {"linkedid": linkedid, "direction": "inbound", "arrived_at": NOW, "operator": operator}
            await connection.execute(calls.insert().values(row | {"caller_token": token}))
        await case_repository.create(connection, new_case(1, linkedid="1.1"))
    await own.on_event(steps[1])
    await own.on_event(steps[1])
    assert console.pbx.done == [("set_variable", "2.1", "CENTRALA_OWN", "2003")], "once"
    console.pbx.done.clear()
    await OwnOperators(console.deps, lambda: 0).on_event(steps[1])
    console.pbx.refuse = "not connected"
    await OwnOperators(console.deps, lambda: 14).on_event(steps[1])
    database_down()
    await OwnOperators(console.deps, lambda: 14).on_event(steps[1])
    assert console.pbx.done == [], "the queue serves anybody"


def new_case(sequence, linkedid):
    values = {"owner": "vodovod", "organisation": "vodovod", "created_by": "2003", "created_at": NOW, "due_at": NOW}
    kinds = {"kind": CaseKind.REQUEST, "channel": CaseChannel.PHONE}
    return NewCase(
        number=CaseNumber.mint(2026, 1, sequence),
        pin_hash="0" * 64,
        service_code=None,
        linkedid=linkedid,
        **kinds,
        **values,
    )
