import asyncio

import pytest
from sqlalchemy import select, text

from storage.database import Database, DatabaseDown
from storage.migrations.upgrade import differences
from storage.tables import metadata, read_positions
from storage.upsert import insert_or_ignore, insert_or_update


async def test_newest_revision_equals_the_tables(database):
    async with database.read() as connection:
        assert await connection.run_sync(lambda sync: differences(sync, metadata)) == []


async def test_migrating_again_changes_nothing(database):
    async with database.begin() as connection:
        await insert_or_ignore(connection, read_positions, {"source": "a", "position": 1})
    await database.migrate()
    async with database.read() as connection:
        assert (await connection.execute(select(read_positions.c.position))).scalar() == 1


async def write_then_break(database):
    async with database.begin() as connection:
        await insert_or_ignore(connection, read_positions, {"source": "a", "position": 1})
        raise RuntimeError("broken off")


async def test_a_failed_transaction_leaves_nothing(database):
    with pytest.raises(RuntimeError, match="broken off"):
        await write_then_break(database)
    async with database.read() as connection:
        assert (await connection.execute(select(read_positions))).first() is None


async def test_many_writers_at_once_all_succeed(database):
    async def count_up(worker):
        for step in range(5):
            async with database.begin() as connection:
                await insert_or_update(
                    connection, read_positions, ["source"], {"source": f"w{worker}", "position": step}
                )

    await asyncio.gather(*(count_up(worker) for worker in range(8)))
    async with database.read() as connection:
        assert (await connection.execute(select(read_positions.c.position))).scalars().all() == [4] * 8


async def test_reader_is_not_held_up_by_a_writer(database):
    async with database.begin() as writer:
        await insert_or_ignore(writer, read_positions, {"source": "a", "position": 1})
        assert await database.is_up(timeout=30.0)


async def test_sqlite_is_durable_at_each_commit(tmp_path):
    opened = Database(f"sqlite:///{tmp_path}/x.db")
    async with opened.read() as connection:
        pragmas = [
            (await connection.execute(text(f"PRAGMA {name}"))).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    await opened.close()
    assert pragmas == ["wal", 2, 1]


@pytest.mark.parametrize("url", ["sqlite:////nonexistent/folder/x.db", "postgresql://nobody@127.0.0.1:1/none"])
async def test_an_outage_is_one_kind_of_error(url):
    opened = Database(url)
    with pytest.raises(DatabaseDown, match="unavailable"):
        async with opened.begin() as connection:
            await connection.execute(text("SELECT 1"))
    assert not await opened.is_up()
    await opened.close()


@pytest.mark.parametrize(
    ("url", "says"), [("mysql://x/y", "not supported"), ("sqlite://", "in-memory"), ("sqlite:///:memory:", "in-memory")]
)
def test_a_wrong_url_is_refused_at_once(url, says):
    with pytest.raises(ValueError, match=says):
        Database(url)
