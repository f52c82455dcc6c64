"""Alarms: what is wrong now and how to mend it. A state with an id, raised and cleared, never a log line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from calls.alarms import AlarmId
from storage.tables import alarms, outbox
from storage.upsert import insert_or_update


@dataclass(frozen=True, slots=True)
class Alarm:
    """`level` is `warning` or `critical`; `mend` says what a person can do. Both are English, for API and log.

    `data`: what a page's own sentence names (`count`, `case`, …); `which`: names and paths for an administrator.
    """

    id: str
    level: str
    text: str
    mend: str
    since: datetime
    cleared_at: datetime | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


async def raise_alarm(
    connection: AsyncConnection,
    alarm: AlarmId,
    *,
    level: str,
    text: str,
    mend: str,
    now: datetime,
    data: Mapping[str, str | int] | None = None,
) -> bool:
    """Raise an alarm (or renew its words); True when it was not active before, so that somebody must be told."""
    found = (await connection.execute(select(alarms).where(alarms.c.id == alarm))).mappings().first()
    active = found is not None and found["cleared_at"] is None
    since = found["since"] if found is not None and active else now
    values = {"id": alarm, "level": level, "text": text, "mend": mend, "since": since, "cleared_at": None}
    values["data"] = dict(data or {})
    await insert_or_update(connection, alarms, ["id"], values)
    return not active


async def clear_alarm(connection: AsyncConnection, alarm_id: str, now: datetime) -> bool:
    """Clear an alarm; True when it was active."""
    wanted = update(alarms).where(alarms.c.id == alarm_id, alarms.c.cleared_at.is_(None))
    cleared = (await connection.execute(wanted.values(cleared_at=now))).rowcount == 1
    if cleared:  # nobody need be told any more
        told = update(outbox).where(outbox.c.kind == "alarm", outbox.c.idempotency_key.startswith(f"alarm:{alarm_id}:"))
        await connection.execute(told.where(outbox.c.state == "pending").values(state="delivered", delivered_at=now))
    return cleared


async def active_alarms(connection: AsyncConnection) -> list[Alarm]:
    """Return what is wrong now, critical first, then oldest first."""
    wanted = select(alarms).where(alarms.c.cleared_at.is_(None)).order_by(alarms.c.level, alarms.c.since)
    return [Alarm(**row) for row in (await connection.execute(wanted)).mappings()]


async def all_alarms(connection: AsyncConnection, limit: int = 100) -> list[Alarm]:
    """Return active and past alarms, newest first."""
    wanted = select(alarms).order_by(alarms.c.since.desc()).limit(limit)
    return [Alarm(**row) for row in (await connection.execute(wanted)).mappings()]
