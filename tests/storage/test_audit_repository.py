from sqlalchemy import delete, update

from storage import audit_repository
from storage.tables import audit
from tests.storage.conftest import NOW


async def write(database, count=4):
    for index in range(count):
        async with database.begin() as connection:
            await audit_repository.append(
                connection, at=NOW, actor="ana", action="case_created", target=f"{index}", data={"č": index}
            )


async def test_an_untouched_log_is_whole(database):
    await write(database)
    async with database.read() as connection:
        assert await audit_repository.first_broken_row(connection) is None
        assert await audit_repository.first_broken_row(connection, newest=2) is None
        assert [row.object for row in await audit_repository.latest(connection, limit=2)] == ["3", "2"]


async def test_a_changed_row_shows(database):
    await write(database)
    async with database.begin() as connection:
        await connection.execute(update(audit).where(audit.c.object == "1").values(actor="boris"))
        row = (await audit_repository.latest(connection, target="1"))[0]
        assert await audit_repository.first_broken_row(connection) == row.id


async def test_a_removed_row_shows(database):
    await write(database)
    async with database.begin() as connection:
        await connection.execute(delete(audit).where(audit.c.object == "2"))
        after = (await audit_repository.latest(connection, target="3"))[0]
        assert await audit_repository.first_broken_row(connection) == after.id


async def test_a_row_counts_only_when_its_transaction_does(database):
    try:
        async with database.begin() as connection:
            await audit_repository.append(connection, at=NOW, actor="ana", action="x", target="y")
            raise RuntimeError
    except RuntimeError:
        pass
    async with database.read() as connection:
        assert await audit_repository.count(connection) == 0
