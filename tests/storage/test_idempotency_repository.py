from datetime import timedelta

from storage import idempotency_repository
from tests.storage.conftest import NOW


async def test_a_key_is_claimed_once_answered_and_found(database):
    async with database.begin() as connection:
        assert await idempotency_repository.claim(connection, "k", body="fingerprint", now=NOW)
        assert not await idempotency_repository.claim(connection, "k", body="other", now=NOW)
        assert (await idempotency_repository.find(connection, "k")).status == idempotency_repository.IN_PROGRESS
        await idempotency_repository.answer(connection, "k", status=201, body="sealed")
    async with database.begin() as connection:
        assert (await idempotency_repository.find(connection, "k")).body == "sealed"
        await idempotency_repository.release(connection, "k")
        assert await idempotency_repository.find(connection, "k") is not None


async def test_a_released_key_may_be_claimed_again(database):
    async with database.begin() as connection:
        await idempotency_repository.claim(connection, "k", body="a", now=NOW)
        await idempotency_repository.release(connection, "k")
        assert await idempotency_repository.claim(connection, "k", body="b", now=NOW)


async def test_old_keys_are_forgotten(database):
    async with database.begin() as connection:
        await idempotency_repository.claim(connection, "k", body="a", now=NOW)
        assert await idempotency_repository.purge(connection, older_than=NOW) == 0
        assert await idempotency_repository.purge(connection, older_than=NOW + timedelta(seconds=1)) == 1
