"""Calls about alarms in SQL. Owns their rows; whom to ring next is `cases.alarm_calls`' decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.alarm_repository import Alarm
from storage.alarm_tables import alarm_calls


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmCall:
    """One call about an alarm. `outcome` is NULL while it goes on."""

    id: int
    alarm_id: str
    since: datetime
    target: str
    started_at: datetime
    ended_at: datetime | None
    outcome: str | None
    detail: str


async def calls_about(connection: AsyncConnection, alarms: Sequence[Alarm]) -> dict[str, list[AlarmCall]]:
    """Return the calls about these alarms since each was raised, by alarm, oldest first."""
    since = {alarm.id: alarm.since for alarm in alarms}
    wanted = select(alarm_calls).where(alarm_calls.c.alarm_id.in_(list(since))).order_by(alarm_calls.c.id)
    found: dict[str, list[AlarmCall]] = {alarm.id: [] for alarm in alarms}
    for row in (await connection.execute(wanted)).mappings():
        if row["since"] == since[row["alarm_id"]]:
            found[row["alarm_id"]].append(AlarmCall(**row))
    return found


async def begin(connection: AsyncConnection, alarm: Alarm, target: str, now: datetime) -> int:
    """Store that a telephone is going to be rung; return the call's number."""
    values = {"alarm_id": alarm.id, "since": alarm.since, "target": target, "started_at": now, "detail": ""}
    made = await connection.execute(alarm_calls.insert().values(values).returning(alarm_calls.c.id))
    return int(made.scalar_one())


async def end(connection: AsyncConnection, number: int, *, outcome: str, detail: str, now: datetime) -> None:
    """Store how a call ended; the first word counts."""
    wanted = update(alarm_calls).where(alarm_calls.c.id == number, alarm_calls.c.ended_at.is_(None))
    await connection.execute(wanted.values(outcome=outcome, detail=detail[:300], ended_at=now))


async def close_broken(connection: AsyncConnection, now: datetime) -> int:
    """End the calls that a killed worker left open; return how many."""
    wanted = update(alarm_calls).where(alarm_calls.c.ended_at.is_(None))
    values = {"outcome": "failed", "detail": "the caller was restarted", "ended_at": now}
    return (await connection.execute(wanted.values(values))).rowcount
