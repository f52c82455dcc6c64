"""Callbacks: one row for a wish, one attempt at a time, an end for each; nothing is lost and nobody is rung twice."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from calls.journal_entries import EntryKind
from storage import callback_repository as repository
from storage.call_assembly import assemble
from storage.callback_turns import SqlCallbackTurns
from storage.tables import call_legs, call_steps, calls, missed_calls


@pytest.fixture
async def wish(database, now):
    """One who has waited for five minutes asked in call 1.1 to be called back."""
    data = {"caller_token": "ana", "caller_kind": "number", "queue": "operators", "priority": 0, "language": "hu"}
    data["queued_at"] = int((now - timedelta(minutes=5)).timestamp())
    kinds = ((1, EntryKind.QUEUED, {"queue": "operators"}), (2, EntryKind.CALLBACK_ASKED, data))
    async with database.begin() as connection:
        for step, kind, told in kinds:
            row = {"linkedid": "1.1", "step": step, "kind": kind.value, "at": now, "node": 1, "data": told}
            await connection.execute(call_steps.insert().values(row))
        await repository.take_up(connection, "1.1")
        await repository.take_up(connection, "1.1")
        return (await repository.open_callbacks(connection))[0]


async def only(database):
    async with database.read() as connection:
        return await repository.open_callbacks(connection)


async def test_a_journalled_wish_becomes_one_row_with_the_place_of_the_whole_wait(database, wish, now):
    assert len(await only(database)) == 1
    assert (wish.state, wish.queue, wish.language, wish.attempts) == ("waiting", "operators", "hu", 0)
    assert wish.queued_at == now - timedelta(minutes=5)
    async with database.read() as connection:
        assert await repository.waiting_by_queue(connection) == {"operators": 1}


async def test_one_request_is_dialled_by_one_attempt_only(database, wish, clock):
    turns = SqlCallbackTurns(database, clock)
    took = await asyncio.gather(*(turns.take(wish.id, f"2.{number}") for number in range(8)))
    assert sorted(took) == [False] * 7 + [True]
    [row] = await only(database)
    assert (row.state, row.attempts) == ("dialling", 1)
    assert not await turns.take(99, "2.1")


async def attempt(database, wish, now, *, answered, ended):
    async with database.begin() as connection:
        assert await repository.take_turn(connection, wish.id, "2.1", now)
        call = {"linkedid": "2.1", "direction": "outbound", "arrived_at": now, "ended_at": ended}
        await connection.execute(calls.insert().values(call))
        for number, channel, at in ((1, "PJSIP/2001-00000001", now), (2, "PJSIP/telekom-00000002", answered)):
            leg = {"uniqueid": f"2.{number}", "linkedid": "2.1", "channel": channel, "started_at": now}
            await connection.execute(call_legs.insert().values(leg | {"answered_at": at}))
        return (await repository.open_callbacks(connection))[0]


@pytest.mark.parametrize(
    ("answered", "ended", "reached"),
    [(True, False, True), (True, True, True), (False, True, False), (False, False, None)],
)
async def test_what_became_of_an_attempt_is_read_from_cel(database, wish, now, answered, ended, reached):
    row = await attempt(database, wish, now, answered=now if answered else None, ended=now if ended else None)
    async with database.read() as connection:
        assert await repository.reached(connection, row, "telekom", now) is reached


async def test_an_attempt_that_went_down_with_the_pbx_counts_as_one(database, wish, now):
    async with database.begin() as connection:
        await repository.take_turn(connection, wish.id, "2.9", now)
        [row] = await repository.open_callbacks(connection)
        assert await repository.reached(connection, row, "telekom", now + timedelta(minutes=5)) is None
        assert await repository.reached(connection, row, "telekom", now + timedelta(minutes=11)) is False
        await repository.try_again(connection, row.id, now + timedelta(minutes=20))
    [row] = await only(database)
    assert (row.state, row.attempts, row.queued_at) == ("waiting", 1, wish.queued_at), "and keeps its place"


async def test_who_calls_again_is_not_called_back(database, wish, now):
    async with database.begin() as connection:
        for linkedid, token, minutes in (("0.9", "ana", -1), ("3.1", "boris", 1)):
            call = {"linkedid": linkedid, "direction": "inbound", "caller_token": token}
            await connection.execute(calls.insert().values(call | {"arrived_at": now + timedelta(minutes=minutes)}))
        assert await repository.cancel_those_who_called_again(connection, now) == [], "an earlier call, another's call"
        call = {
            "linkedid": "3.2",
            "direction": "inbound",
            "caller_token": "ana",
            "arrived_at": now + timedelta(minutes=1),
        }
        await connection.execute(calls.insert().values(call))
        assert await repository.cancel_those_who_called_again(connection, now) == [wish.id]
        assert await repository.taken_back(connection, [wish.id, 77]) == [wish.id]
        assert not await repository.take_turn(connection, wish.id, "2.1", now), "and cannot be dialled any more"
    assert await only(database) == []


async def test_who_cannot_be_reached_comes_on_the_worklist(database, wish, now):
    async with database.begin() as connection:
        ended = now + timedelta(minutes=1)
        await assemble(connection, "1.1", closed_at=ended)
        assert (await connection.execute(select(missed_calls))).first() is None, "promised is not missed"
        assert await repository.give_up(connection, wish, now, only_from="waiting")
        assert not await repository.give_up(connection, wish, now, only_from="waiting"), "once"
        await assemble(connection, "1.1")
        rows = (await connection.execute(select(missed_calls.c.linkedid, missed_calls.c.reason))).all()
    assert [tuple(row) for row in rows] == [("1.1", "callback_failed")]


async def test_nobody_expects_a_call_after_half_a_day(wish, now):
    assert not repository.is_too_old(wish, now + timedelta(hours=11))
    assert repository.is_too_old(wish, now + timedelta(hours=13))
