"""The live WebSocket's memory: numbered events for a client that was away. Holds no identity, like the events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from calls.events import Event, EventType
from storage.tables import live_events
from storage.upsert import insert_or_ignore

_BATCH = 200


async def append(connection: AsyncConnection, numbered: Sequence[tuple[int, Event]]) -> int:
    """Store (`seq`, event) pairs; those stored already are skipped. Return how many were new."""
    rows = [{"seq": seq, "type": event.type.value, "at": event.at, "data": dict(event.data)} for seq, event in numbered]
    return sum(
        [
            await insert_or_ignore(connection, live_events, rows[start : start + _BATCH])
            for start in range(0, len(rows), _BATCH)
        ]
    )


async def since(connection: AsyncConnection, seq: int, limit: int = 1000) -> list[tuple[int, Event]]:
    """Return at most `limit` events after `seq`, in order."""
    wanted = select(live_events).where(live_events.c.seq > seq).order_by(live_events.c.seq).limit(limit)
    return [
        (row["seq"], Event(EventType(row["type"]), row["at"], row["data"]))
        for row in (await connection.execute(wanted)).mappings()
    ]


async def last_seq(connection: AsyncConnection) -> int:
    """Return the highest number given, 0 when there is none."""
    return int((await connection.execute(select(func.max(live_events.c.seq)))).scalar() or 0)


async def drop_before(connection: AsyncConnection, at: datetime) -> int:
    """Delete events older than `at` (the calls themselves are elsewhere); return how many."""
    return (await connection.execute(delete(live_events).where(live_events.c.at < at))).rowcount
