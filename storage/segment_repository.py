"""Parts of conversations in SQL, and holds that only the manager interface told. Owns their writing and reading.

A call's parts are made anew from its facts and replace what was stored, so that nothing is counted twice. Must not know
how they are judged (cases/segments.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.segments import Segment
from storage.tables import cel_rows
from storage.upsert import insert_or_ignore
from storage.work_tables import call_segments


@dataclass(frozen=True, slots=True)
class SegmentRecord:
    """One part of a conversation. `kind`: talk, hold, consult, conference; `ended_at` None: it goes on."""

    operator: str
    queue: str
    kind: str
    began_at: datetime
    ended_at: datetime | None

    @property
    def seconds(self) -> float | None:
        """Return its length, None while it goes on."""
        return None if self.ended_at is None else (self.ended_at - self.began_at).total_seconds()


_COLUMNS = (
    call_segments.c.linkedid,
    call_segments.c.operator,
    call_segments.c.queue,
    call_segments.c.kind,
    call_segments.c.began_at,
    call_segments.c.ended_at,
)


async def keep_segments(
    connection: AsyncConnection, made: Mapping[str, Sequence[Segment]], queues: Mapping[str, str]
) -> None:
    """Store the parts of each call in place of what was stored of it. `queues`: linkedid → queue, "" for none."""
    if not made:
        return
    stored: dict[str, set[tuple[Any, ...]]] = {linkedid: set() for linkedid in made}
    for row in await connection.execute(select(*_COLUMNS).where(call_segments.c.linkedid.in_(list(made)))):
        stored[row[0]].add(tuple(row))
    rows: list[dict[str, Any]] = []
    stale: list[str] = []
    for linkedid, parts in made.items():
        queue = queues.get(linkedid, "")
        wanted = {(linkedid, one.operator, queue, one.kind.value, one.began_at, one.ended_at) for one in parts}
        if wanted == stored[linkedid]:
            continue
        if stored[linkedid]:
            stale.append(linkedid)
        names = [column.name for column in _COLUMNS]
        rows += [dict(zip(names, values, strict=True)) for values in sorted(wanted, key=lambda one: (one[4], one[1]))]
    if stale:
        await connection.execute(delete(call_segments).where(call_segments.c.linkedid.in_(stale)))
    if rows:
        await connection.execute(insert(call_segments), rows)


async def segments(connection: AsyncConnection, linkedid: str) -> list[SegmentRecord]:
    """Return the parts of a call, by time."""
    wanted = select(*_COLUMNS[1:]).where(call_segments.c.linkedid == linkedid)
    rows = await connection.execute(wanted.order_by(call_segments.c.began_at, call_segments.c.operator))
    return [SegmentRecord(*row) for row in rows]


async def note_phone_hold(
    connection: AsyncConnection, *, linkedid: str, uniqueid: str, channel: str, held: bool, at: datetime
) -> None:
    """Remember that a telephone held its line or took it back: CEL has no event for it, so it stands beside CEL's."""
    event = "HOLD" if held else "UNHOLD"
    row = {
        "source": f"hint:{uniqueid}:{event}:{at.timestamp():.3f}",
        "event": event,
        "at": at,
        "linkedid": linkedid,
        "uniqueid": uniqueid,
        "channel": channel,
        "data": {},
    }
    await insert_or_ignore(connection, cel_rows, row)
