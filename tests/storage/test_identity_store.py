import pytest
from sqlalchemy import select

from calls.ids import CaseNumber
from storage.identity_store import CallerTokens, IdentityKeyError, IdentityStore, Reporter, open_identity_database
from storage.identity_tables import callers, reporters

NUMBER = "+381641234567"
CASE = CaseNumber.mint(2026, 1, 1)


async def rows(tmp_path, table):
    opened = open_identity_database(f"sqlite:///{tmp_path}/identity.db")
    async with opened.read() as connection:
        found = (await connection.execute(select(table))).mappings().all()
    await opened.close()
    return found


async def test_same_number_same_token_stored_once_and_sealed(identity, tmp_path):
    first = await identity.remember_caller(NUMBER)
    identity._stored.clear()
    assert await identity.remember_caller(NUMBER) == first == identity.token_of(NUMBER)
    assert await identity.number_of(first) == NUMBER
    (row,) = await rows(tmp_path, callers)
    assert NUMBER not in str(dict(row))
    assert "64123" not in row["number"]


async def test_reporter_is_sealed_and_comes_back(identity, tmp_path):
    reporter = Reporter("Žika Žikić", "zika@example.org", "email", NUMBER)
    await identity.save_reporter(CASE, reporter)
    assert await identity.reporter_of(CASE) == reporter
    (row,) = await rows(tmp_path, reporters)
    assert "Žik" not in str(dict(row))
    assert "example" not in str(dict(row))


async def test_a_replayed_fact_does_not_overwrite_what_an_operator_wrote(identity):
    written = Reporter("Ana", "", "phone", NUMBER)
    await identity.save_reporter(CASE, written)
    await identity.save_reporter(CASE, Reporter("", "", "phone", NUMBER), replace=False)
    assert await identity.reporter_of(CASE) == written


async def test_unknown_is_none(identity):
    assert await identity.number_of("0" * 64) is None
    assert await identity.reporter_of(CASE) is None


async def test_another_key_opens_nothing(identity, tmp_path, clock):
    token = await identity.remember_caller(NUMBER)
    opened = open_identity_database(f"sqlite:///{tmp_path}/identity.db")
    thief = IdentityStore(opened, b"t" * 32, clock)
    with pytest.raises(IdentityKeyError):
        await thief.number_of(token)
    await opened.close()
    assert thief.token_of(NUMBER) != token


async def test_a_sealed_value_moved_to_another_row_does_not_open(identity, tmp_path):
    await identity.save_reporter(CASE, Reporter("Ana", "", "none"))
    other = CaseNumber.mint(2026, 1, 2)
    opened = open_identity_database(f"sqlite:///{tmp_path}/identity.db")
    async with opened.begin() as connection:
        await connection.execute(reporters.update().values(case_number=other.digits))
    await opened.close()
    with pytest.raises(IdentityKeyError):
        await identity.reporter_of(other)


def test_tokens_need_no_database_but_a_whole_key():
    assert len(CallerTokens(b"k" * 32).token_of(NUMBER)) == 64
    with pytest.raises(ValueError, match="it needs 32"):
        CallerTokens(b"short")


async def test_unknown_way_to_tell_is_refused(identity):
    with pytest.raises(ValueError, match="tell_by is one of"):
        await identity.save_reporter(CASE, Reporter("", "", "pigeon"))
