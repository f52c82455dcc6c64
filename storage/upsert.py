"""INSERT that meets an existing row, on SQLite and PostgreSQL alike. Must not know any table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

Values = Mapping[str, Any]


async def insert_or_ignore(connection: AsyncConnection, table: Table, values: Values | Sequence[Values]) -> int:
    """Insert rows; those that meet a unique key are left as they are. Return how many were new."""
    make = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    statement = make(table).on_conflict_do_nothing()
    if isinstance(values, Mapping):  # values given apart from the statement: it is compiled once
        return max((await connection.execute(statement, dict(values))).rowcount, 0)
    if not values:
        return 0
    result = await connection.execute(make(table).values([dict(row) for row in values]).on_conflict_do_nothing())
    return max(result.rowcount, 0)


async def insert_or_update(
    connection: AsyncConnection, table: Table, keys: Sequence[str], values: Values, update: Sequence[str] | None = None
) -> None:
    """Insert one row, or set columns `update` (default: all that are not keys) of the row with the same `keys`."""
    make = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    changed = [name for name in values if name not in keys] if update is None else list(update)
    statement = make(table)
    if changed:
        new = {name: statement.excluded[name] for name in changed}
        whole = statement.on_conflict_do_update(index_elements=list(keys), set_=new)
    else:
        whole = statement.on_conflict_do_nothing(index_elements=list(keys))
    await connection.execute(whole, dict(values))
