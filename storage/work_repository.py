"""Operators' sessions, what they did from when to when, and how conversations ended. Owns the writing of those rows.

Every write may be repeated: a row is known by its session and its beginning, and ends once. Must not know what the
activities mean (agent_console/operators/desk.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import call_legs
from storage.upsert import insert_or_ignore, insert_or_update
from storage.work_tables import operator_activity, operator_sessions, wrap_ups


@dataclass(frozen=True, slots=True)
class SessionBegun:
    """An operator came to work."""

    id: str
    username: str
    extension: str
    began_at: datetime


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """An operator went. `reason`: offline | supervisor | replaced."""

    id: str
    ended_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class ActivityBegun:
    """From `began_at` on the operator does this."""

    session_id: str
    username: str
    extension: str
    activity: str
    reason: str
    queue: str
    linkedid: str
    began_at: datetime


@dataclass(frozen=True, slots=True)
class ActivityEnded:
    """What began at `began_at` is over."""

    session_id: str
    began_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class WrappedUp:
    """How a conversation ended for one operator. `how`: operator | time_limit | gone | next_call."""

    linkedid: str
    extension: str
    username: str
    outcome: str
    note: str
    at: datetime
    how: str


WorkChange = SessionBegun | SessionEnded | ActivityBegun | ActivityEnded | WrappedUp


async def write(connection: AsyncConnection, change: WorkChange) -> None:
    """Store one change; doing it again changes nothing."""
    match change:
        case SessionBegun(id, username, extension, began_at):
            row: dict[str, Any] = {"id": id, "username": username, "extension": extension, "began_at": began_at}
            await insert_or_ignore(connection, operator_sessions, row | {"ended_at": None, "end_reason": ""})
        case SessionEnded(id, ended_at, reason):
            ended = update(operator_sessions).where(
                operator_sessions.c.id == id, operator_sessions.c.ended_at.is_(None)
            )
            await connection.execute(ended.values(ended_at=ended_at, end_reason=reason))
        case ActivityBegun():
            row = {name: getattr(change, name) for name in ActivityBegun.__slots__}
            row |= {"linkedid": change.linkedid or None, "ended_at": None}
            # What began at the very same moment took no time: it gives way.
            await insert_or_update(connection, operator_activity, ["session_id", "began_at"], row)
        case ActivityEnded(session_id, began_at, ended_at):
            over = update(operator_activity).where(
                operator_activity.c.session_id == session_id,
                operator_activity.c.began_at == began_at,
                operator_activity.c.ended_at.is_(None),
            )
            await connection.execute(over.values(ended_at=ended_at))
        case WrappedUp():
            row = {name: getattr(change, name) for name in WrappedUp.__slots__}
            if change.outcome:  # given late, it takes the place of a missing one
                await insert_or_update(connection, wrap_ups, ["linkedid", "extension"], row)
            else:
                await insert_or_ignore(connection, wrap_ups, row)


async def leg_ended_at(connection: AsyncConnection, linkedid: str, extension: str) -> datetime | None:
    """Return when the last channel of an operator's phone in a call ended; None while one goes on or none is known."""
    wanted = select(call_legs.c.ended_at).where(call_legs.c.linkedid == linkedid, call_legs.c.extension == extension)
    ends = (await connection.execute(wanted)).scalars().all()
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


async def missing_outcomes(connection: AsyncConnection, since: datetime, limit: int = 50) -> list[WrappedUp]:
    """Return conversations that ended without an outcome, newest first."""
    wanted = select(wrap_ups).where(wrap_ups.c.outcome == "", wrap_ups.c.at >= since)
    rows = await connection.execute(wanted.order_by(wrap_ups.c.at.desc()).limit(limit))
    return [WrappedUp(**row) for row in rows.mappings()]
