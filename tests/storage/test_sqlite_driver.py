import sqlite3

import pytest

from storage import sqlite_driver


@pytest.fixture
async def connection(tmp_path):
    opened = await sqlite_driver.connect(str(tmp_path / "some.db"), isolation_level=None)
    await opened.cursor().execute("CREATE TABLE things (name TEXT UNIQUE)")
    yield opened
    await opened.close()


async def test_a_statement_goes_to_the_thread_once_and_comes_back_with_its_rows(connection, monkeypatch):
    visits = []
    visit = connection._execute

    async def counted(function):
        visits.append(function)
        return await visit(function)

    monkeypatch.setattr(connection, "_execute", counted)
    cursor = await connection.cursor().__aenter__()
    await cursor.execute("INSERT INTO things VALUES (?), (?)", ["a", "b"])
    assert (cursor.rowcount, cursor.description) == (2, None)
    await cursor.execute("SELECT name FROM things ORDER BY name")
    assert [column[0] for column in cursor.description] == ["name"]
    assert await cursor.fetchall() == [("a",), ("b",)]
    assert await cursor.fetchall() == []
    await cursor.close()
    assert len(visits) == 2


async def test_many_rows_are_counted_together(connection):
    cursor = connection.cursor()
    await cursor.executemany("INSERT OR IGNORE INTO things VALUES (?)", [["a"], ["b"], ["a"]])
    assert cursor.rowcount == 2


async def test_a_connection_that_cannot_be_made_leaves_no_thread_that_has_something_to_say(tmp_path):
    failed = sqlite_driver.connect(str(tmp_path / "absent" / "some.db"))
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        await failed
    assert failed._ended.done()
    failed._thread.join(30)
    assert not failed._thread.is_alive()


async def test_errors_arrive_as_sqlite_raises_them(connection):
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await connection.cursor().execute("SELECT * FROM absent_table")
    cursor = await connection.cursor().execute("SELECT 1")
    assert await cursor.fetchall() == [(1,)]
