"""How far each file was read, kept in the same transaction as what was read: nothing twice, nothing left out."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import read_positions
from storage.upsert import insert_or_update


async def positions(connection: AsyncConnection, prefix: str) -> dict[str, int]:
    """Return the stored position in bytes of every source whose name begins with `prefix`."""
    wanted = select(read_positions).where(read_positions.c.source.startswith(prefix, autoescape=True))
    return {row["source"]: row["position"] for row in (await connection.execute(wanted)).mappings()}


async def store_position(connection: AsyncConnection, source: str, position: int) -> None:
    """Store how far `source` was read."""
    await insert_or_update(connection, read_positions, ["source"], {"source": source, "position": position})
