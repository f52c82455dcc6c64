"""Pauses of recordings as rows. Owns `recording_gaps`; must not know why a pause ends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.recording_tables import recording_gaps
from storage.tables import calls
from storage.upsert import insert_or_update


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch in which nothing was recorded. `why`: field, hand, api. `ended_at` None: it goes on."""

    id: str
    linkedid: str
    began_at: datetime
    ended_at: datetime | None
    why: str
    by: str
    ended_how: str = ""


async def save(connection: AsyncConnection, gap: Gap) -> None:
    """Store a gap, or how it ended; the same may be stored again."""
    values = {name: getattr(gap, name) for name in Gap.__slots__}
    await insert_or_update(connection, recording_gaps, ["id"], values)


async def of_calls(connection: AsyncConnection, linkedids: Iterable[str]) -> list[Gap]:
    """Return the gaps of calls in order."""
    wanted = select(recording_gaps).where(recording_gaps.c.linkedid.in_(sorted(set(linkedids))))
    rows = (await connection.execute(wanted.order_by(recording_gaps.c.began_at))).mappings()
    return [Gap(**row) for row in rows]


async def open_gaps(connection: AsyncConnection) -> list[tuple[Gap, datetime | None]]:
    """Return the gaps that go on, each with its call's end, if it has one."""
    wanted = (
        select(recording_gaps, calls.c.ended_at.label("call_ended"))
        .outerjoin(calls, calls.c.linkedid == recording_gaps.c.linkedid)
        .where(recording_gaps.c.ended_at.is_(None))
    )
    rows = (await connection.execute(wanted)).mappings()
    return [(Gap(**{name: row[name] for name in Gap.__slots__}), row["call_ended"]) for row in rows]
