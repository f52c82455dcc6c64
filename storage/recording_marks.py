"""Marks and comments at a moment of a recording. Owns `recording_marks`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.recording_tables import recording_marks


@dataclass(frozen=True, slots=True)
class Mark:
    """What somebody wrote; `at` in seconds from the recording's beginning."""

    id: int
    recording_id: str
    at: float
    text: str
    author: str
    written_at: datetime


async def add(
    connection: AsyncConnection, recording_id: str, *, at: float, text: str, author: str, now: datetime
) -> int:
    """Store a mark and return its id."""
    values = {"recording_id": recording_id, "at": at, "text": text, "author": author, "written_at": now}
    made = await connection.execute(insert(recording_marks).values(values))
    return int((made.inserted_primary_key or (0,))[0])


async def of_recording(connection: AsyncConnection, recording_id: str) -> list[Mark]:
    """Return the marks in order of their moment."""
    wanted = select(recording_marks).where(recording_marks.c.recording_id == recording_id)
    rows = (await connection.execute(wanted.order_by(recording_marks.c.at, recording_marks.c.id))).mappings()
    return [Mark(**row) for row in rows]


async def remove(connection: AsyncConnection, recording_id: str, mark_id: int, *, author: str) -> bool:
    """Delete the author's own mark; False when there is none of that author."""
    wanted = delete(recording_marks).where(
        recording_marks.c.id == mark_id,
        recording_marks.c.recording_id == recording_id,
        recording_marks.c.author == author,
    )
    return (await connection.execute(wanted)).rowcount == 1
