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
    rows = [dict(values)] if isinstance(values, Mapping) else [dict(row) for row in values]
    if not rows:
        return 0
    make = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    result = await connection.execute(make(table).values(rows).on_conflict_do_nothing())
    return max(result.rowcount, 0)


async def insert_or_update(
    connection: AsyncConnection, table: Table, keys: Sequence[str], values: Values, update: Sequence[str] | None = None
) -> None:
    """Insert one row, or set columns `update` (default: all that are not keys) of the row with the same `keys`."""
    make = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    statement = make(table).values(dict(values))
    changed = [name for name in values if name not in keys] if update is None else list(update)
    if changed:
        await connection.execute(
            statement.on_conflict_do_update(
                index_elements=list(keys), set_={name: statement.excluded[name] for name in changed}
            )
        )
    else:
        await connection.execute(statement.on_conflict_do_nothing(index_elements=list(keys)))
