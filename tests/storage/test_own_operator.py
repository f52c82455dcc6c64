"""Whose case a caller has: only an open one, only within the days, only by the caller's own number."""

from datetime import timedelta

import pytest

from cases.lifecycle import Status
from storage import case_repository
from storage.own_operator import own_operator
from storage.tables import calls


@pytest.fixture
async def ask(database, new_case, now):
    """2003 took a call about an open case ten days ago, 2001 one about an ended case today; then somebody calls."""
    told = (("1.1", "2003", 10, "ana"), ("1.2", "2001", 0, "ana"), ("1.3", "2002", 0, "boris"), ("2.1", None, 0, "ana"))
    async with database.begin() as connection:
        for linkedid, operator, days, token in (*told, ("2.2", None, 0, "vera"), ("2.3", None, 0, None)):
            row = {"linkedid": linkedid, "direction": "inbound", "arrived_at": now - timedelta(days=days)}
            await connection.execute(calls.insert().values(row | {"operator": operator, "caller_token": token}))
        await case_repository.create(connection, new_case(1, linkedid="1.1"))
        await case_repository.create(connection, new_case(2, linkedid="1.2", status=Status.CLOSED))
        await case_repository.create(connection, new_case(3, linkedid="1.3"))

    async def asked(linkedid, days=14):
        async with database.read() as connection:
            return await own_operator(connection, linkedid, now - timedelta(days=days))

    return asked


async def test_who_took_the_call_about_an_open_case(ask):
    assert await ask("2.1") == "2003"
    assert await ask("2.1", days=9) == "", "too long ago"


async def test_otherwise_nobody_and_a_call_that_is_not_stored_yet_is_asked_again(ask):
    assert await ask("2.2") == "", "no case"
    assert await ask("2.3") == "", "withheld"
    assert await ask("2.4") is None
