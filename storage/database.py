"""One database: engine, transactions, schema. Owns how SQLite and PostgreSQL are opened; must not know any noun.

Callers see two things only: transactions, and `DatabaseDown` (an OSError) when the store cannot be reached, is full,
locked for too long or read-only. Which driver said so is nobody else's business.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import MetaData, event, text
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DataError as SqlDataError
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from storage import sqlite_driver
from storage.all_tables import metadata as main_metadata

_LOG = logging.getLogger(__name__)
_DRIVERS: Final = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
_READ_ONLY: Final = "centrala_read_only"
_BUSY_MILLISECONDS: Final = 5000
_CONNECT_SECONDS: Final = 3.0
_COMMAND_SECONDS: Final = 15.0


class DatabaseDown(OSError):
    """The store cannot be used now; the same call may succeed later. `str(error)` says why, for a log."""


class Database:
    """A database given by URL (`sqlite:///path` or `postgresql://…`). Opens connections on first use."""

    def __init__(self, url: str, echo: bool = False, metadata: MetaData = main_metadata) -> None:
        """Nothing is opened here. Raises ValueError when the URL names a database that is not supported."""
        parsed = make_url(url)
        backend = parsed.drivername.split("+")[0]
        if backend not in _DRIVERS:
            raise ValueError(f"database.url: {backend!r} is not supported; use sqlite:///… or postgresql://…")
        self.metadata = metadata
        self.is_sqlite = backend == "sqlite"
        self._file = Path(parsed.database or "") if self.is_sqlite else None
        if self.is_sqlite and parsed.database in {None, "", ":memory:"}:
            raise ValueError("database.url: an in-memory SQLite database loses everything; give it a file")
        options: dict[str, Any] = {"echo": echo, "pool_timeout": _CONNECT_SECONDS}
        if self.is_sqlite:
            options["connect_args"] = {"timeout": _BUSY_MILLISECONDS / 1000, "async_creator_fn": sqlite_driver.connect}
        else:
            options |= {"pool_pre_ping": True, "pool_recycle": 1800}
            options["connect_args"] = {"timeout": _CONNECT_SECONDS, "command_timeout": _COMMAND_SECONDS}
        self.engine = create_async_engine(parsed.set(drivername=_DRIVERS[backend]), **options)
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)
        # The same connections. Made last: it takes over the listeners that are there.
        self._reading = self.engine.execution_options(**{_READ_ONLY: True})  # the same connections

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """Give a writing transaction: committed at the end, rolled back on any exception. Raises DatabaseDown."""
        async with self._transaction(read_only=False) as connection:
            yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Give a consistent view for reading; it never waits for a writer. Raises DatabaseDown."""
        async with self._transaction(read_only=True) as connection:
            yield connection

    @asynccontextmanager
    async def _transaction(self, *, read_only: bool) -> AsyncIterator[AsyncConnection]:
        try:
            async with (self._reading if read_only else self.engine).connect() as connection, connection.begin():
                yield connection
        except (IntegrityError, ProgrammingError, SqlDataError):
            raise  # the caller's mistake or a conflict, not an outage
        except (DBAPIError, PoolTimeout) as error:
            raise DatabaseDown(f"database unavailable: {getattr(error, 'orig', None) or error}") from error
        except OSError as error:
            raise (
                error if isinstance(error, DatabaseDown) else DatabaseDown(f"database unavailable: {error}")
            ) from error

    async def is_up(self, timeout: float = 1.0) -> bool:
        """Return whether a query is answered within `timeout` seconds; never raises."""
        try:
            async with asyncio.timeout(timeout), self.read() as connection:
                await connection.execute(text("SELECT 1"))
        except (OSError, ProgrammingError) as error:
            _LOG.warning("database does not answer: %s", error)
            return False
        return True

    async def create_all(self) -> None:
        """Make missing tables (tests, the identity store). The main database is made by `migrate`."""
        self._make_folder()
        async with self.begin() as connection:
            await connection.run_sync(self.metadata.create_all)

    async def migrate(self) -> None:
        """Bring the schema of the main database to the newest revision; harmless when it is there already."""
        from storage.migrations.upgrade import upgrade_to_head  # alembic is slow to import

        self._make_folder()
        async with self.begin() as connection:
            await connection.run_sync(upgrade_to_head)

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()

    def _make_folder(self) -> None:
        if self._file is not None:
            self._file.parent.mkdir(parents=True, exist_ok=True)


def _prepare_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    # We open transactions ourselves: the driver's own habit starts them late and breaks DDL in transactions.
    setattr(connection, "isolation_level", None)  # noqa: B010  sqlite3's own attribute
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={_BUSY_MILLISECONDS}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes the lock at once: a late upgrade of a reader fails without waiting when another wrote meanwhile.
    read_only = connection.get_execution_options().get(_READ_ONLY, False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
