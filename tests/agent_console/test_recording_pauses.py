"""Silence while personal data are said: who asked, how long it lasts, what is left of it as a row."""

import asyncio
import contextlib
from dataclasses import replace
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from agent_console.recordings.pauses import PAUSES, Pauses
from calls.events import Event, EventType
from storage.recording_tables import recording_gaps
from tests.agent_console.test_calls_api import CALL, audits, ring

RECORD = f"/api/v1/calls/{CALL}/record"


async def gaps(console):
    await console.app[PAUSES].step()
    async with console.deps.database.read() as connection:
        return (await connection.execute(select(recording_gaps).order_by(recording_gaps.c.began_at))).mappings().all()


def told(console):
    return [paused for what, _, paused in console.pbx.done if what == "pause_recording"]


async def test_a_field_and_a_hand_are_two_reasons(console):
    await ring(console, answer=True)
    for path in ("pause?why=hand", "pause?why=field", "resume?why=field"):
        await console.json("PUT", f"{RECORD}/{path}")
    assert told(console) == [True], "leaving the field does not undo what the hand did"
    await console.json("PUT", f"{RECORD}/resume?why=hand")
    assert told(console) == [True, False]
    (gap,) = await gaps(console)
    assert (gap["linkedid"], gap["why"], gap["by"], gap["ended_how"]) == (CALL, "hand", "ana", "resumed")
    assert len(await audits(console, "call_record_pause")) == len(await audits(console, "call_record_resume")) == 1
    assert (await console.ask("PUT", f"{RECORD}/pause?why=boredom")).status == 400


async def test_a_browser_that_vanished_lets_go_and_one_that_renews_does_not(console):
    await ring(console, answer=True)
    await console.json("PUT", f"{RECORD}/pause?why=field")
    console.clock.forward(seconds=15)
    await console.json("PUT", f"{RECORD}/pause?why=field")
    console.clock.forward(seconds=15)
    assert (await gaps(console))[0]["ended_at"] is None
    console.clock.forward(seconds=6)
    (gap,) = await gaps(console)
    assert gap["ended_how"] == "lapsed"
    assert (gap["ended_at"] - gap["began_at"]).total_seconds() == 36
    assert told(console) == [True, False]


async def test_a_silence_ends_with_the_operators_part_and_with_the_call(console):
    await ring(console, answer=True)
    await console.json("PUT", f"{RECORD}/pause?why=field")
    board = console.app_board()
    sent = {"linkedid": CALL, "by": "2001", "to": "operator-2002", "how": "blind"}
    board.apply(Event(EventType.CALL_TRANSFERRED, console.clock(), sent))
    board.apply(Event(EventType.CALL_ANSWERED, console.clock(), {"linkedid": CALL, "operator": "2002"}))
    (gap,) = await gaps(console)
    assert gap["ended_how"] == "moved"
    console.clock.forward(seconds=1)
    await console.json("PUT", f"{RECORD}/pause?why=field", user="boris")
    board.apply(Event(EventType.CALL_ENDED, console.clock(), {"linkedid": CALL, "outcome": "operator"}))
    assert (await gaps(console))[1]["ended_how"] == "call_ended"


async def test_what_the_exchange_refuses_is_told_and_leaves_no_gap(console):
    await ring(console, answer=True)
    console.pbx.refuse = "no such channel"
    assert (await console.ask("PUT", f"{RECORD}/pause")).status == 502
    console.pbx.refuse = ""
    assert await gaps(console) == []


async def test_an_exchange_that_does_not_answer_is_asked_again_until_it_records(console):
    await ring(console, answer=True)
    await console.json("PUT", f"{RECORD}/pause?why=field")
    console.clock.forward(seconds=30)
    console.pbx.refuse = "no connection to the PBX"
    assert (await gaps(console))[0]["ended_at"] is None
    console.pbx.refuse = ""
    assert (await gaps(console))[0]["ended_how"] == "lapsed"


async def test_a_restart_takes_open_silences_up_and_ends_them_in_time(console):
    await ring(console, answer=True)
    await console.json("PUT", f"{RECORD}/pause?why=hand")
    assert len(await gaps(console)) == 1
    again = Pauses(console.deps, console.app_board())
    await again.load()
    assert again.why_silent(CALL) == ("hand",)
    console.clock.forward(seconds=21)
    await again.step()
    assert told(console) == [True, False]


async def test_a_gap_is_stored_when_the_database_is_back(console, monkeypatch):
    await ring(console, answer=True)
    pauses = Pauses(console.deps, console.app_board())
    with monkeypatch.context() as patch:

        def down():
            raise OSError("down")

        patch.setattr(console.deps.database, "begin", down)
        await pauses.pause(CALL, "field", by="ana", operator="2001")
        await pauses.step()
        assert pauses.waits_for_database
        await pauses.resume(CALL, "field")
    await pauses.step()
    assert [gap["ended_how"] for gap in await gaps(console)] == ["resumed"]


@pytest.mark.parametrize("what", ["pause", "resume"])
async def test_a_call_is_silenced_by_the_operator_who_has_it(console, what):
    await ring(console, operator="2002", answer=True)
    assert (await console.ask("PUT", f"{RECORD}/{what}")).status == 403
    assert console.pbx.done == []


async def test_two_saves_at_once_leave_the_newer_row(console):
    await ring(console, answer=True)
    begin, older_may, begun = console.deps.database.begin, asyncio.Event(), []

    @contextlib.asynccontextmanager
    async def slow_for_the_first():
        begun.append("begun")
        if len(begun) == 1:
            await older_may.wait()
        async with begin() as connection:
            yield connection

    # A database of its own: what the application stores beside it is no save of a gap.
    pauses = Pauses(replace(console.deps, database=SimpleNamespace(begin=slow_for_the_first)), console.app_board())
    await pauses.pause(CALL, "field", by="ana", operator="2001")
    older = asyncio.create_task(pauses.step())
    while not begun:
        await asyncio.sleep(0)
    await pauses.resume(CALL, "field")
    newer = asyncio.create_task(pauses.step())
    for _ in range(20):  # turns of the loop: without order among saves the second begins in one of the first
        await asyncio.sleep(0)
    assert begun == ["begun"]
    older_may.set()
    await asyncio.gather(older, newer)
    assert [gap["ended_how"] for gap in await gaps(console)] == ["resumed"]


@pytest.mark.parametrize("silent", [True, False])
async def test_a_recorder_that_is_renewed_stays_as_silent_as_it_was(console, silent):
    await ring(console, answer=True)
    if silent:
        await console.json("PUT", f"{RECORD}/pause?why=hand")
    before = len(console.pbx.done)

    async def renew():
        console.pbx.done.append(("renewed",))
        return True

    await console.app[PAUSES].over(CALL, renew)
    muted = [("pause_recording", CALL, True)] if silent else []
    assert console.pbx.done[before:] == [("renewed",), *muted]
