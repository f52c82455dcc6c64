"""SQLite for asyncio with one visit to the driver's thread per statement, instead of four. Owns that; knows no table.

aiosqlite sends opening a cursor, executing, fetching and closing to its thread one by one, and each journey costs more
than the statement itself. Here a statement goes there once and comes back with its rows: our results are small.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, Final

import aiosqlite
from typing_extensions import override

_CHUNK: Final = 64


class OneVisitCursor:
    """A cursor that exists only while its statement runs; afterwards it holds what the statement gave."""

    def __init__(self, connection: OneVisitConnection) -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> OneVisitCursor:
        """Open nothing yet."""
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> OneVisitCursor:
        """Run a statement and keep its rows."""
        await self._connection.visit(lambda cursor: cursor.execute(sql, parameters), self._keep)
        return self

    async def executemany(self, sql: str, parameters: Sequence[Sequence[Any]]) -> OneVisitCursor:
        """Run a statement for each set of parameters."""
        await self._connection.visit(lambda cursor: cursor.executemany(sql, parameters), self._keep)
        return self

    async def fetchall(self) -> list[Any]:
        """Return the rows, once."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Nothing is open."""

    def _keep(self, cursor: sqlite3.Cursor) -> None:
        self.description = cursor.description
        self._rows = cursor.fetchall() if cursor.description else []
        self.rowcount = cursor.rowcount
        self.lastrowid = cursor.lastrowid


class OneVisitConnection(aiosqlite.Connection):
    """A connection whose cursors are `OneVisitCursor`s."""

    _ended: asyncio.Future[Any] | None = None
    """What the thread says last."""

    @override
    def cursor(self) -> OneVisitCursor:  # type: ignore[override]  # SQLAlchemy asks for no more than ours can
        return OneVisitCursor(self)

    async def visit(self, run: Callable[[sqlite3.Cursor], object], keep: Callable[[sqlite3.Cursor], None]) -> None:
        """Run and keep in the driver's thread. Raises what sqlite3 raises."""

        def there() -> None:
            cursor = self._conn.cursor()
            try:
                run(cursor)
                keep(cursor)
            finally:
                cursor.close()

        await self._execute(there)  # type: ignore[no-untyped-call]

    @override
    def stop(self) -> asyncio.Future[Any] | None:
        """Let the thread end; return what says that it has."""
        self._ended = super().stop()
        return self._ended

    @override
    async def _connect(self) -> aiosqlite.Connection:
        try:
            return await super()._connect()
        except Exception:
            # The thread answers once more: to an event loop that is closed by then it cannot.
            if self._ended is not None:
                await self._ended
            raise


def connect(database: str, **options: Any) -> OneVisitConnection:  # noqa: ANN401 - sqlite3's own options
    """Return a connection to await; SQLAlchemy's `async_creator_fn`."""
    connection = OneVisitConnection(lambda: sqlite3.connect(database, **options), _CHUNK)
    connection._thread.daemon = True  # as SQLAlchemy does: a forgotten connection must not keep the process alive
    return connection
