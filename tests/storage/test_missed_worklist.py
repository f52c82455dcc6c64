"""The worklist of callers who got nothing: grouped, ordered, closed together, never aged out; and calling back."""

from datetime import timedelta

import pytest
from sqlalchemy import insert

from cases.outcomes import CallFacts
from storage import missed_attempts, missed_repository, missed_worklist
from storage.missed_attempts import MissedAttempt
from storage.tables import calls, missed_calls

ANA, PERA = "a" * 64, "b" * 64


async def put(database, number, now, *, token=ANA, reason="abandoned_queue", ago=timedelta(0), waited=0.0, **more):
    async with database.begin() as connection:
        at = now - ago
        call = {"linkedid": f"1.{number}", "direction": "inbound", "arrived_at": at, "ended_at": at, "synthetic": False}
        call |= {"caller_token": token, "caller_kind": "number" if token else "withheld", "outcome": reason}
        await connection.execute(insert(calls).values(call | more))
        row = {"id": number, "linkedid": f"1.{number}", "reason": reason, "last_step": "queue", "at": at}
        await connection.execute(insert(missed_calls).values(row | {"waited": waited}))


async def worklist(database, **how):
    async with database.read() as connection:
        return await missed_worklist.worklist(connection, **how)


async def test_five_calls_of_one_number_are_one_row_and_a_withheld_one_stands_alone(database, now):
    for number in range(1, 6):
        await put(database, number, now, ago=timedelta(minutes=number))
    await put(database, 6, now, token=None)
    await put(database, 7, now, token=None)
    rows, total = await worklist(database)
    assert total == 3
    assert sorted(len(row.calls) for row in rows) == [1, 1, 5]
    assert rows[0].token == ANA, "who called five times comes first"


async def test_nothing_ages_out(database, now):
    await put(database, 1, now, ago=timedelta(days=4000))
    rows, total = await worklist(database)
    assert (total, rows[0].calls[0].id) == (1, 1)


async def test_what_hurts_most_is_first_and_the_oldest_of_equals(database, now):
    await put(database, 1, now, token="1" * 64, reason="abandoned_menu")
    await put(database, 2, now, token="2" * 64, reason="failed")
    await put(database, 3, now, token="3" * 64, reason="abandoned_queue", waited=200.0)
    await put(database, 4, now, token="4" * 64, reason="failed", ago=timedelta(hours=3))
    rows, _ = await worklist(database)
    assert [row.calls[0].id for row in rows] == [3, 4, 2, 1]


async def test_pages_do_not_split_a_caller(database, now):
    for number in range(1, 10):
        await put(database, number, now, token=f"{number % 3}" * 64, ago=timedelta(minutes=number))
    first, total = await worklist(database, limit=2)
    rest, _ = await worklist(database, limit=2, offset=2)
    assert total == 3
    assert [len(row.calls) for row in (*first, *rest)] == [3, 3, 3]


async def test_closing_closes_what_was_seen_and_leaves_what_came_in_since(database, now):
    for number in (1, 2, 3):
        await put(database, number, now)
    await put(database, 4, now, token=PERA)
    async with database.begin() as connection:
        closing = {"how": "reason", "note": "pogrešan broj", "by": "ana", "at": now}
        closed = await missed_worklist.close_group_of(connection, 1, **closing, through=2)
        assert await missed_worklist.close_group_of(connection, 99, **closing) == ()
    assert sorted(closed) == ["1.1", "1.2"]
    rows, _ = await worklist(database)
    assert sorted(row.calls[0].id for row in rows) == [3, 4]
    history, _ = await worklist(database, open_only=False)
    (done,) = [row for row in history if row.calls[0].closed_at]
    assert [(call.closed_by, call.closed_note) for call in done.calls] == [("ana", "pogrešan broj")] * 2


async def test_a_reason_needs_words(database, now):
    await put(database, 1, now)
    async with database.begin() as connection:
        with pytest.raises(ValueError, match="say the reason"):
            await missed_worklist.close_group_of(connection, 1, how="reason", note=" ", by="ana", at=now)


async def test_who_rang_again_and_got_an_operator_is_shown_so_and_stays_for_a_person_to_close(database, now):
    await put(database, 1, now, ago=timedelta(hours=1))
    async with database.begin() as connection:
        call = {"linkedid": "2.1", "direction": "inbound", "arrived_at": now, "synthetic": False}
        await connection.execute(insert(calls).values(call | {"caller_token": ANA, "operator_answered_at": now}))
    (row,), _ = await worklist(database)
    assert row.answered_since == now


def attempt(now, number=1, **changes):
    values = {"id": f"{number}" * 8, "missed_id": 1, "called": "1.1", "caller_token": ANA, "began_at": now}
    values |= {"linkedid": f"back-1.{number}", "username": "ana", "extension": "2001"}
    return MissedAttempt(**values | changes)


async def test_one_caller_is_called_by_one_operator_at_a_time(database, now):
    await put(database, 1, now)
    async with database.begin() as connection:
        assert await missed_attempts.begin_attempt(connection, attempt(now)) is None
        assert await missed_attempts.begin_attempt(connection, attempt(now, 2, username="boris")) == "ana"
        assert await missed_attempts.begin_attempt(connection, attempt(now, 3, caller_token=PERA)) is None
    later = now + timedelta(minutes=3)
    async with database.begin() as connection:  # the console died before anything rang
        assert await missed_attempts.begin_attempt(connection, attempt(later, 4)) is None


def facts(now, *, operator, citizen):
    return CallFacts(
        direction="outbound",
        synthetic=False,
        arrived_at=now,
        answered_at=now if citizen else None,
        queued_at=None,
        operator_answered_at=now if operator else None,
        operator="2001",
        ended_at=now + timedelta(seconds=40),
        hangup_cause=16,
        outcome=None,
        missed_step="",
    )


@pytest.mark.parametrize(
    ("operator", "citizen", "outcome", "open_left"),
    [(True, True, "reached", 1), (True, False, "not_reached", 3), (False, False, "operator_absent", 3)],
)
async def test_the_record_of_the_call_says_what_came_of_it(database, now, operator, citizen, outcome, open_left):
    await put(database, 1, now, ago=timedelta(minutes=9))
    await put(database, 2, now, ago=timedelta(minutes=5))
    await put(database, 3, now + timedelta(seconds=20))  # rang again while we were calling
    async with database.begin() as connection:
        await missed_attempts.begin_attempt(connection, attempt(now))
        await missed_attempts.settle_attempts(
            connection,
            {
                "back-1.1": facts(now, operator=operator, citizen=citizen),
                "9.9": facts(now, operator=True, citizen=True),
            },
        )
        (made,) = await missed_attempts.attempts_of(connection, [ANA], [])
        _, left = await missed_repository.search(connection)
    assert (made.outcome, left) == (outcome, open_left)
    assert made.ended_at == now + timedelta(seconds=40)
