"""Looks every minute for what must not be: a case without owner or deadline, audio nobody knows, calls without end.

What it finds becomes an alarm with a way to mend, and the alarm goes when the fault does. Must not know files: the
paths that exist are given.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from calls.alarms import AlarmId, AlarmKind, alarm_id
from cases.intake import DEFAULT_HOURS, DEFAULT_ORGANISATION
from cases.lifecycle import ENDED
from storage.alarm_repository import clear_alarm, raise_alarm
from storage.database import Database
from storage.recording_repository import known_paths
from storage.tables import calls, cases, recordings

ENDLESS: Final = timedelta(hours=4)
UNSEALED: Final = timedelta(minutes=10)
_SHOWN: Final = 5
_ENDED: Final = tuple(status.value for status in ENDED)


@dataclass(frozen=True, slots=True)
class Sweep:
    """What one look found. `mended`: cases that had no owner or deadline and got the default ones."""

    mended: tuple[str, ...]
    overdue: tuple[str, ...]
    unlinked: tuple[str, ...]
    endless: tuple[str, ...]
    raised: tuple[str, ...]


async def sweep(database: Database, now: datetime, audio_paths: Iterable[str] = ()) -> Sweep:
    """Look once. `audio_paths`: finished sound files, relative to the recordings folder. Raises DatabaseDown."""
    async with database.begin() as connection:
        mended = await _mend_unowned(connection, now)
        late = select(cases.c.number).where(cases.c.status.not_in(_ENDED), cases.c.due_at < now)
        overdue = tuple((await connection.execute(late.order_by(cases.c.due_at))).scalars())
        unlinked = tuple(sorted(set(audio_paths) - await known_paths(connection)))
        long = select(calls.c.linkedid).where(calls.c.ended_at.is_(None), calls.c.arrived_at < now - ENDLESS)
        endless = tuple((await connection.execute(long)).scalars())
        waiting = await _unsealed(connection, now)
        raised: list[str] = []
        for kind, level, found, text, mend in (
            (
                AlarmKind.CASES_OVERDUE,
                "warning",
                overdue,
                "{count} cases are past their deadline: {some}",
                "Open the list of overdue cases; call the responsible body.",
            ),
            (
                AlarmKind.RECORDINGS_UNLINKED,
                "warning",
                unlinked,
                "{count} recordings belong to no known call: {some}",
                "Listen to them and enter what was said; look why the call has no record.",
            ),
            (
                AlarmKind.RECORDINGS_WAITING,
                "warning",
                waiting,
                "{count} recordings wait in the clear since more than ten minutes: {some}",
                "Look in log/console.log why they are not sealed: a full disk, or a machine with no time left.",
            ),
            (
                AlarmKind.CALLS_ENDLESS,
                "warning",
                endless,
                "{count} calls have no end for more than four hours: {some}",
                "Look in the telephone exchange whether they still run; end them there.",
            ),
        ):
            if await _set_alarm(connection, alarm_id(kind), level, found, text, mend, now):
                raised.append(kind)
    return Sweep(mended, overdue, unlinked, endless, tuple(raised))


async def _unsealed(connection: AsyncConnection, now: datetime) -> tuple[str, ...]:
    """Return recordings of calls that ended a while ago and are not brought home."""
    late = (
        select(recordings.c.id)
        .join(calls, calls.c.linkedid == recordings.c.linkedid)
        .where(recordings.c.state == "recording", recordings.c.kind == "call", calls.c.ended_at < now - UNSEALED)
        .order_by(calls.c.ended_at)
    )
    return tuple((await connection.execute(late)).scalars())


async def _set_alarm(
    connection: AsyncConnection, alarm: AlarmId, level: str, found: tuple[str, ...], text: str, mend: str, now: datetime
) -> bool:
    if not found:
        await clear_alarm(connection, alarm, now)
        return False
    some = ", ".join(found[:_SHOWN]) + (" …" if len(found) > _SHOWN else "")
    words = text.format(count=len(found), some=some)
    data: dict[str, str | int] = {"count": len(found), "which": some}
    return await raise_alarm(connection, alarm, level=level, text=words, mend=mend, data=data, now=now)


async def _mend_unowned(connection: AsyncConnection, now: datetime) -> tuple[str, ...]:
    """Give an open case without owner or deadline the default ones: nobody's case does not exist."""
    lacking = or_(cases.c.owner == "", cases.c.due_at.is_(None))
    wanted = select(cases.c.number).where(cases.c.status.not_in(_ENDED), lacking)
    numbers = tuple((await connection.execute(wanted)).scalars())
    if numbers:
        chosen = update(cases).where(cases.c.number.in_(numbers))
        await connection.execute(chosen.values(version=cases.c.version + 1))
        due = chosen.where(cases.c.due_at.is_(None))
        await connection.execute(due.values(due_at=now + timedelta(hours=DEFAULT_HOURS)))
        await connection.execute(chosen.where(cases.c.owner == "").values(owner=DEFAULT_ORGANISATION))
    return numbers
