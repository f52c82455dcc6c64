"""The worklist of calls that got nothing. No row ever leaves it by age; only a person (or a later case) closes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import calls, missed_calls

CLOSED_HOW: Final = ("callback", "case", "reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedCall:
    """A call that got nothing, and how it was made good. `reason` is a word of `calls.outcomes.MISSED`."""

    id: int
    linkedid: str
    reason: str
    last_step: str
    at: datetime
    waited: float
    closed_at: datetime | None
    closed_by: str | None
    closed_how: str | None
    closed_note: str | None
    caller_kind: str | None
    caller_token: str | None
    language: str | None


async def search(
    connection: AsyncConnection, *, open_only: bool = True, limit: int = 50, offset: int = 0
) -> tuple[list[MissedCall], int]:
    """Return one page, newest first, and the total."""
    wanted = (missed_calls.c.closed_at.is_(None),) if open_only else ()
    total = (await connection.execute(select(func.count()).select_from(missed_calls).where(*wanted))).scalar_one()
    page = (
        select(missed_calls, calls.c.caller_kind, calls.c.caller_token, calls.c.language)
        .outerjoin(calls, calls.c.linkedid == missed_calls.c.linkedid)
        .where(*wanted)
        .order_by(missed_calls.c.at.desc(), missed_calls.c.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [MissedCall(**row) for row in (await connection.execute(page)).mappings()], total


async def close(connection: AsyncConnection, missed_id: int, *, how: str, note: str, by: str, at: datetime) -> bool:
    """Close one; False when it is unknown or closed already. Raises ValueError for an unknown `how`.

    `reason` needs a note: it is the only trace of why nobody called back.
    """
    if how not in CLOSED_HOW:
        raise ValueError(f"close a missed call by {', '.join(CLOSED_HOW)}, not {how[:32]!r}")
    if how == "reason" and not note.strip():
        raise ValueError("say the reason")
    wanted = update(missed_calls).where(missed_calls.c.id == missed_id, missed_calls.c.closed_at.is_(None))
    result = await connection.execute(wanted.values(closed_at=at, closed_by=by, closed_how=how, closed_note=note))
    return result.rowcount == 1


async def close_by_case(connection: AsyncConnection, linkedid: str, *, case_number: str, at: datetime) -> bool:
    """Close the row of a call that turned out to have left a message; False when there is none open."""
    wanted = update(missed_calls).where(missed_calls.c.linkedid == linkedid, missed_calls.c.closed_at.is_(None))
    result = await connection.execute(
        wanted.values(closed_at=at, closed_by="system", closed_how="case", closed_note=case_number)
    )
    return result.rowcount == 1
