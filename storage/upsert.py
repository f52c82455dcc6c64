"""INSERT that meets an existing row, on SQLite and PostgreSQL alike. Must not know any table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

Values = Mapping[str, Any]


async def insert_or_ignore(connection: AsyncConnection, table: Table, values: Values | Sequence[Values]) -> int:
    """Insert rows; those that meet a unique key are left as they are. Return how many were new."""
    dialect = connection.dialect.name
    if isinstance(values, Mapping):  # values given apart from the statement: it is made and compiled once
        return max((await connection.execute(_ignoring(dialect, table), dict(values))).rowcount, 0)
    if not values:
        return 0
    if dialect == "sqlite":  # its driver counts over many sets of parameters; PostgreSQL's does not
        return max((await connection.execute(_ignoring(dialect, table), [dict(row) for row in values])).rowcount, 0)
    rows = _insert(dialect, table).values([dict(row) for row in values]).on_conflict_do_nothing()
    return max((await connection.execute(rows)).rowcount, 0)


async def insert_or_update(
    connection: AsyncConnection,
    table: Table,
    keys: Sequence[str],
    values: Values | Sequence[Values],
    update: Sequence[str] | None = None,
) -> None:
    """Insert rows, or set columns `update` (default: all that are not keys) of the rows with the same `keys`.

    Many rows must have the same columns; give them in the order of their keys, so that two writers never wait for
    one another.
    """
    rows = [dict(values)] if isinstance(values, Mapping) else [dict(row) for row in values]
    if not rows:
        return
    changed = tuple(name for name in rows[0] if name not in keys) if update is None else tuple(update)
    statement = _updating(connection.dialect.name, table, tuple(keys), changed)
    await connection.execute(statement, rows if len(rows) > 1 else rows[0])


def _insert(dialect: str, table: Table) -> Any:  # noqa: ANN401 - one of two classes without a common name
    return postgresql_insert(table) if dialect == "postgresql" else sqlite_insert(table)


@cache
def _ignoring(dialect: str, table: Table) -> Any:  # noqa: ANN401 - as above
    return _insert(dialect, table).on_conflict_do_nothing()


@cache
def _updating(dialect: str, table: Table, keys: tuple[str, ...], changed: tuple[str, ...]) -> Any:  # noqa: ANN401
    """Return the statement. Kept, because making it copies every column of the table."""
    statement = _insert(dialect, table)
    if not changed:
        return statement.on_conflict_do_nothing(index_elements=list(keys))
    new = {name: statement.excluded[name] for name in changed}
    return statement.on_conflict_do_update(index_elements=list(keys), set_=new)
