"""The audit log: append-only, each row carries the hash of the one before it, so a removed or changed row shows.

Owns the `audit` table. There is no update and no delete here on purpose.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import RowMapping, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import audit

_FIRST = "0" * 64
_LOCK = 0x43454E54  # an arbitrary number: every process that appends takes this lock on PostgreSQL


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One thing somebody did or looked at."""

    id: int
    at: datetime
    actor: str
    action: str
    object: str
    purpose: str
    data: Mapping[str, Any]


def _digest(
    previous: str, at: datetime, actor: str, action: str, target: str, purpose: str, data: Mapping[str, Any]
) -> str:
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    line = json.dumps([previous, moment, actor, action, target, purpose, dict(data)], sort_keys=True)
    return hashlib.sha256(line.encode()).hexdigest()


async def append(
    connection: AsyncConnection,
    *,
    at: datetime,
    actor: str,
    action: str,
    target: str,
    purpose: str = "",
    data: Mapping[str, Any] | None = None,
) -> None:
    """Add a row; it counts once the caller's transaction has committed."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    last = select(audit.c.hash).order_by(audit.c.id.desc()).limit(1)
    previous: str = await connection.scalar(last) or _FIRST
    values = dict(data or {})
    await connection.execute(
        insert(audit).values(
            at=at,
            actor=actor,
            action=action,
            object=target,
            purpose=purpose,
            data=values,
            previous_hash=previous,
            hash=_digest(previous, at, actor, action, target, purpose, values),
        )
    )


def _row(row: RowMapping) -> AuditRow:
    return AuditRow(
        id=row["id"],
        at=row["at"],
        actor=row["actor"],
        action=row["action"],
        object=row["object"],
        purpose=row["purpose"],
        data=row["data"],
    )


async def latest(connection: AsyncConnection, *, limit: int = 100, target: str | None = None) -> tuple[AuditRow, ...]:
    """Return the newest rows first, of one object when it is named."""
    query = select(audit).order_by(audit.c.id.desc()).limit(limit)
    if target is not None:
        query = query.where(audit.c.object == target)
    return tuple(_row(row) for row in (await connection.execute(query)).mappings().all())


async def has_done(connection: AsyncConnection, actor: str, actions: Sequence[str], target: str) -> bool:
    """Say whether the person did one of these to the object."""
    asked = select(audit.c.id).where(audit.c.object == target, audit.c.actor == actor, audit.c.action.in_(actions))
    return await connection.scalar(asked.limit(1)) is not None


async def first_broken_row(connection: AsyncConnection, *, newest: int | None = None) -> int | None:
    """Return the id of the first row whose hash does not follow from the row before it, or None: all is whole.

    `newest` looks at that many rows at the end only; without it the whole log is read.
    """
    query = select(audit).order_by(audit.c.id.desc())
    rows = (await connection.execute(query if newest is None else query.limit(newest))).mappings().all()
    previous = rows[-1]["previous_hash"] if rows and newest is not None else _FIRST
    for row in reversed(rows):
        expected = _digest(previous, row["at"], row["actor"], row["action"], row["object"], row["purpose"], row["data"])
        if row["previous_hash"] != previous or row["hash"] != expected:
            return int(row["id"])
        previous = row["hash"]
    return None


async def count(connection: AsyncConnection) -> int:
    """Return how many rows there are."""
    return int(await connection.scalar(select(func.count()).select_from(audit)) or 0)
