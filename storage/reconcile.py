"""Compares the database with what the PBX says now, and mends. Run at start, after every AMI reconnect, on a timer.

Let `CelReader.catch_up` and `Relay.catch_up` finish first: what they bring is no difference. Must not know AMI (a
PbxSnapshot is given).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from calls.alarms import AlarmKind, alarm_id
from calls.events import Event
from calls.ports import PbxSnapshot
from storage.alarm_repository import clear_alarm, raise_alarm
from storage.call_assembly import assemble
from storage.database import Database
from storage.tables import call_steps, calls, cel_rows

GRACE: Final = timedelta(seconds=10)
CEL_ALARM: Final = alarm_id(AlarmKind.CEL_MISSING)


@dataclass(frozen=True, slots=True)
class Differences:
    """`lost`: open here, gone there, closed now. `unknown`: in the PBX, without one fact here."""

    lost: tuple[str, ...]
    unknown: tuple[str, ...]
    events: tuple[Event, ...]


async def reconcile(
    database: Database, snapshot: PbxSnapshot, *, booted_at: datetime | None = None, grace: timedelta = GRACE
) -> Differences:
    """Close calls that the PBX has not got, and say which of its calls are not known here. Raises DatabaseDown.

    A call is let be while its newest fact is younger than `grace`, unless it is older than `booted_at` (the PBX was
    restarted: no call before that can be alive, whatever its id).
    """
    alive = {channel.linkedid: channel.seconds for channel in snapshot.channels}
    lost: list[str] = []
    events: list[Event] = []
    async with database.begin() as connection:
        open_calls = await connection.execute(
            select(calls.c.linkedid, calls.c.arrived_at).where(calls.c.ended_at.is_(None))
        )
        for linkedid, arrived_at in open_calls.all():
            before_boot = booted_at is not None and arrived_at < booted_at
            if linkedid in alive and not before_boot:
                continue
            last = await _last_fact_at(connection, linkedid) or arrived_at
            if not before_boot and snapshot.at - last < grace:
                continue
            # The last thing known of it, not the moment at which we noticed: waits and lengths stay true.
            assembled = await assemble(connection, linkedid, closed_at=last)
            if assembled is not None:
                lost.append(linkedid)
                events += assembled.events(snapshot.at)
        known = set((await connection.execute(select(calls.c.linkedid).where(calls.c.linkedid.in_(alive)))).scalars())
        old_enough = {linkedid for linkedid, seconds in alive.items() if seconds >= grace.total_seconds()}
        unknown = tuple(sorted(old_enough - known))
        if unknown:
            await raise_alarm(
                connection,
                CEL_ALARM,
                level="critical",
                text=f"{len(unknown)} calls run in the telephone exchange without a record here.",
                mend="Check that cel_custom is loaded and that the folder log/cel-custom exists and can be written.",
                data={"count": len(unknown)},
                now=snapshot.at,
            )
        else:
            await clear_alarm(connection, CEL_ALARM, snapshot.at)
    return Differences(tuple(lost), unknown, tuple(events))


async def _last_fact_at(connection: AsyncConnection, linkedid: str) -> datetime | None:
    """Return when the newest fact of the call happened."""
    newest: list[datetime] = []
    for table in (cel_rows, call_steps):
        found = (await connection.execute(select(func.max(table.c.at)).where(table.c.linkedid == linkedid))).scalar()
        if found is not None:
            newest.append(found)
    return max(newest, default=None)
