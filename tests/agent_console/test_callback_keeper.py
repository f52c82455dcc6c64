"""A place in the queue for each who is to be called back: taken in order, given up, taken again after a restart."""

import asyncio
from datetime import timedelta

import pytest

from agent_console.callbacks.keeper import CallbackKeeper
from calls.journal_entries import EntryKind
from calls.ports import ChannelNow, MemberNow, PbxSnapshot
from cases.callbacks import Callback
from storage import callback_repository
from storage.tables import call_legs, call_steps, calls
from tests.agent_console.conftest import NOW

RULES = Callback(trunk="telekom", numbers=("+3816",), shown="311", attempts=2)
MEMBERS = (MemberNow("operators", "2001", False, "", "in_use"),)


class Desk:
    """The keeper, with a PBX whose originates last until they are answered."""

    def __init__(self, console):
        self.console, self.rules, self.time = console, RULES, 0.0
        self.keeper = CallbackKeeper(console.deps, lambda: self.rules)
        self.keeper._loop_time = lambda: self.time
        self.placed, self.end = [], asyncio.Event()
        console.pbx.originate = self.originate
        self.pbx_has()

    async def originate(self, **wanted):
        self.placed.append(wanted)
        await self.end.wait()
        return "9.9"

    def pbx_has(self, *ids, members=MEMBERS):
        channels = [
            ChannelNow(f"7.{i}", f"7.{i}", f"Local/cb{i}@callback-hold-0000000{i};1", "Down", "", 1) for i in ids
        ]
        self.console.pbx.now = PbxSnapshot(NOW, tuple(channels), (), members)

    async def wishes(self, *minutes_waited):
        async with self.console.deps.database.begin() as connection:
            for number, minutes in enumerate(minutes_waited, start=1):
                token = await self.console.deps.identity.remember_caller(f"+38164123456{number}")
                since = int((NOW - timedelta(minutes=minutes)).timestamp())
                data = {
                    "caller_token": token,
                    "queue": "operators",
                    "priority": 0,
                    "language": "sr",
                    "queued_at": since,
                }
                row = {
                    "linkedid": f"1.{number}",
                    "step": 1,
                    "kind": EntryKind.CALLBACK_ASKED.value,
                    "at": NOW,
                    "node": 1,
                }
                await connection.execute(call_steps.insert().values(row | {"data": data}))
                await callback_repository.take_up(connection, f"1.{number}")

    async def step(self, seconds=1.0):
        self.time += seconds
        async with asyncio.TaskGroup() as tasks:
            await self.keeper.step(tasks)
            await asyncio.sleep(0)
            for _ in range(200):
                if all(task.done() or self.placed for task in self.keeper._placing.values()):
                    break
                await asyncio.sleep(0.01)
            self.end.set()
        self.end.clear()

    async def states(self):
        async with self.console.deps.database.read() as connection:
            rows = await connection.execute(callback_repository.callbacks.select())
            return {row.id: (row.state, row.reason) for row in rows}


@pytest.fixture
async def desk(console):
    return Desk(console)


async def test_each_gets_one_place_with_the_time_of_the_first_wait(desk):
    await desk.wishes(3, 9)
    await desk.step()
    # In whatever order they are placed: each takes the place of its first wait.
    placed = {one["endpoint"]: one for one in desk.placed}
    assert sorted(placed) == ["Local/cb1@callback-hold/n", "Local/cb2@callback-hold/n"]
    assert len(desk.placed) == 2
    first = placed["Local/cb2@callback-hold/n"]
    assert first["extension"] == "+381641234562"
    assert first["context"] == "callback-out"
    assert first["variables"]["CENTRALA_QUEUED_AT"] == str(int((NOW - timedelta(minutes=9)).timestamp()))
    assert first["variables"]["CENTRALA_CALLBACK"] == "2"
    assert "+3816" not in str(first["variables"]), "no number in a variable"
    desk.pbx_has(1, 2)
    await desk.step(60)
    assert len(desk.placed) == 2, "they stand in the queue already"


async def test_after_a_restart_of_the_pbx_the_places_are_taken_again_but_not_in_a_storm(desk):
    await desk.wishes(3)
    await desk.step()
    await desk.step(5)
    assert len(desk.placed) == 1, "a moment of peace"
    await desk.step(20)
    assert len(desk.placed) == 2


async def test_a_restart_of_this_process_finds_the_places_that_are_kept(desk):
    await desk.wishes(3)
    desk.pbx_has(1)
    await desk.step()
    assert desk.placed == []


@pytest.mark.parametrize("members", [(), (MemberNow("operators", "2001", False, "", "unavailable"),)])
async def test_while_nobody_is_there_to_answer_no_call_is_placed(desk, members):
    await desk.wishes(3)
    desk.pbx_has(members=members)
    await desk.step()
    assert desk.placed == []
    assert await desk.states() == {1: ("waiting", "")}


async def test_who_called_again_loses_the_place(desk):
    await desk.wishes(3)
    await desk.step()
    async with desk.console.deps.database.begin() as connection:
        token = desk.console.deps.identity.token_of("+381641234561")
        row = {
            "linkedid": "3.1",
            "direction": "inbound",
            "arrived_at": NOW + timedelta(seconds=9),
            "caller_token": token,
        }
        await connection.execute(calls.insert().values(row))
    desk.pbx_has(1)
    await desk.step()
    assert ("hang_up", "7.1") in desk.console.pbx.done
    assert await desk.states() == {1: ("cancelled", "called_again")}


async def dialled(desk, *, answered):
    """Let an operator be reached for callback 1, and the attempt be over in CEL."""
    linkedid = f"2.{len(desk.placed)}"
    async with desk.console.deps.database.begin() as connection:
        assert await callback_repository.take_turn(connection, 1, linkedid, NOW)
        row = {"linkedid": linkedid, "direction": "outbound", "arrived_at": NOW, "ended_at": None if answered else NOW}
        await connection.execute(calls.insert().values(row))
        leg = {"uniqueid": f"{linkedid}9", "linkedid": linkedid, "channel": "PJSIP/telekom-00000002", "started_at": NOW}
        await connection.execute(call_legs.insert().values(leg | {"answered_at": NOW if answered else None}))


async def test_one_who_was_reached_is_done_and_the_conversation_goes_on(desk):
    await desk.wishes(3)
    await desk.step()
    await dialled(desk, answered=True)
    desk.pbx_has(1)
    await desk.step()
    await desk.step(60)
    assert await desk.states() == {1: ("done", "reached")}
    assert not any(done[0] == "hang_up" for done in desk.console.pbx.done)
    assert len(desk.placed) == 1


async def test_one_who_does_not_answer_is_tried_again_later_and_then_goes_to_people(desk):
    await desk.wishes(3)
    await desk.step()
    await dialled(desk, answered=False)
    await desk.step(60)
    assert await desk.states() == {1: ("waiting", "")}
    assert len(desk.placed) == 1, "not at once"
    desk.console.clock.forward(minutes=11)
    await desk.step(60)
    assert len(desk.placed) == 2
    await dialled(desk, answered=False)
    await desk.step(60)
    assert await desk.states() == {1: ("failed", "unreachable")}
    async with desk.console.deps.database.read() as connection:
        failed = call_steps.select().where(call_steps.c.kind == EntryKind.CALLBACK_FAILED.value)
        assert len((await connection.execute(failed)).all()) == 1, (
            "its call says so; storage tests follow it to the list"
        )


async def test_a_number_that_is_not_allowed_any_more_is_not_dialled(desk):
    await desk.wishes(3)
    desk.rules = RULES.model_copy(update={"numbers": ("+38137",)})
    await desk.step()
    assert desk.placed == []
    assert await desk.states() == {1: ("failed", "unreachable")}


async def test_a_town_that_stops_calling_back_hands_what_is_open_to_people(desk):
    await desk.wishes(3)
    desk.rules = None
    await desk.step()
    assert await desk.states() == {1: ("failed", "unreachable")}
