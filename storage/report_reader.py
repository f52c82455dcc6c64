"""Reads the rows that reports count, six hours at a time. Owns the queries; must not know any formula.

Only real calls from outside are read: no test calls, none between our own telephones. A month is read in pieces, so
that memory stays small and the process answers others in between.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, and_, func, or_, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from calls.journal_entries import EntryKind
from calls.report_rows import (
    ActivityRow,
    CallRow,
    MenuCall,
    MissedRow,
    SegmentRow,
    SessionRow,
    WrapUpTime,
)
from storage.schema import UtcDateTime
from storage.tables import call_steps, calls, missed_calls
from storage.work_tables import call_segments, operator_activity, operator_sessions, wrap_ups

_PIECE: Final = timedelta(hours=6)
_SESSIONS: Final = 50
_REAL: Final = (calls.c.synthetic.is_(False), calls.c.direction == "inbound")
_ENDED: Final = EntryKind.FLOW_ENDED.value
_STEPS: Final = (EntryKind.MENU_STEP.value, EntryKind.LANGUAGE_CHOSEN.value, _ENDED)


def _pieces(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    while since < until:
        end = min(since + _PIECE, until)
        yield since, end
        since = end


async def _by_arrival(
    connection: AsyncConnection, wanted: Select[Any], since: datetime, until: datetime
) -> AsyncIterator[Any]:
    """Yield the rows of `wanted`, which joins `calls`, for the calls that arrived in the period."""
    for began, ended in _pieces(since, until):
        for row in (await connection.execute(wanted.where(*_arrived(began, ended)))).all():
            yield row


def _arrived(since: datetime, until: datetime) -> tuple[Any, ...]:
    return (calls.c.arrived_at >= since, calls.c.arrived_at < until, *_REAL)


async def read_calls(connection: AsyncConnection, since: datetime, until: datetime) -> AsyncIterator[CallRow]:
    """Yield the calls that arrived from `since` to before `until`, in that order."""
    wanted = select(*(calls.c[name] for name in CallRow._fields)).order_by(calls.c.arrived_at)
    async for row in _by_arrival(connection, wanted, since, until):
        yield CallRow._make(row)


async def read_segments(connection: AsyncConnection, since: datetime, until: datetime) -> AsyncIterator[SegmentRow]:
    """Yield the parts of conversations of the calls that arrived in the period."""
    columns = (call_segments.c[name] for name in SegmentRow._fields)
    wanted = select(*columns).join(calls, calls.c.linkedid == call_segments.c.linkedid)
    async for row in _by_arrival(connection, wanted, since, until):
        yield SegmentRow._make(row)


async def read_wrap_up_times(
    connection: AsyncConnection, since: datetime, until: datetime
) -> AsyncIterator[WrapUpTime]:
    """Yield the wrap-up times of the calls that arrived in the period."""
    table = operator_activity.c
    wanted = (
        select(table.linkedid, table.extension, table.queue, table.began_at, table.ended_at)
        .join(calls, calls.c.linkedid == table.linkedid)
        .where(table.activity == "wrapup")
    )
    async for row in _by_arrival(connection, wanted, since, until):
        yield WrapUpTime._make(row)


async def count_wrap_up_outcomes(connection: AsyncConnection, since: datetime, until: datetime) -> dict[str, int]:
    """Return how many conversations of the period's calls ended with each outcome; an empty word: none was chosen."""
    wanted = (
        select(wrap_ups.c.outcome, func.count())
        .join(calls, calls.c.linkedid == wrap_ups.c.linkedid)
        .where(*_arrived(since, until))
        .group_by(wrap_ups.c.outcome)
        .order_by(wrap_ups.c.outcome)
    )
    return {row[0]: row[1] for row in (await connection.execute(wanted)).all()}


def _sessions(since: datetime, until: datetime) -> Select[Any]:
    table = operator_sessions.c
    following = func.lead(table.began_at).over(partition_by=table.extension, order_by=(table.began_at, table.id))
    every = select(
        table.id,
        table.username,
        table.extension,
        table.began_at,
        table.ended_at,
        type_coerce(following, UtcDateTime).label("next_began_at"),
    ).subquery()
    ended = func.coalesce(every.c.ended_at, every.c.next_began_at)
    return select(every).where(every.c.began_at < until, or_(ended.is_(None), type_coerce(ended, UtcDateTime) > since))


async def read_sessions(connection: AsyncConnection, since: datetime, until: datetime) -> list[SessionRow]:
    """Return the sessions that overlap the period, oldest first."""
    found = (await connection.execute(_sessions(since, until))).all()
    return sorted((SessionRow._make(row) for row in found), key=lambda one: (one.began_at, one.id))


async def read_activity(connection: AsyncConnection, sessions: Sequence[SessionRow]) -> AsyncIterator[ActivityRow]:
    """Yield what operators did in these sessions, by session, oldest first."""
    table = operator_activity.c
    columns = [table[name] for name in ActivityRow._fields]
    for place in range(0, len(sessions), _SESSIONS):
        some = [session.id for session in sessions[place : place + _SESSIONS]]
        wanted = select(*columns).where(table.session_id.in_(some))
        for row in (await connection.execute(wanted.order_by(table.session_id, table.began_at, table.id))).all():
            yield ActivityRow._make(row)


async def read_menu(connection: AsyncConnection, since: datetime, until: datetime) -> AsyncIterator[MenuCall]:
    """Yield the way through the menu of each call that arrived in the period."""
    data = call_steps.c.data
    wanted = (
        select(
            calls.c.linkedid,
            calls.c.language,
            calls.c.outcome,
            call_steps.c.kind,
            data["node"].as_string(),
            data["keys"].as_string(),
            data["language"].as_string(),
        )
        .outerjoin(call_steps, and_(call_steps.c.linkedid == calls.c.linkedid, call_steps.c.kind.in_(_STEPS)))
        .order_by(calls.c.arrived_at, calls.c.linkedid, call_steps.c.step)
    )
    linkedid, made = "", None
    async for call, language, outcome, kind, node, keys, chosen in _by_arrival(connection, wanted, since, until):
        if call != linkedid:
            if made is not None:
                yield made
            linkedid, made = call, MenuCall(call, language or "", [], outcome)
        if kind == _ENDED and made is not None:
            made = made._replace(last=node or "")
        elif kind is not None and made is not None:
            place = node or (f"language {chosen}" if chosen else "")
            made.steps.append((place, keys or ""))  # type: ignore[attr-defined]  # the list made above
    if made is not None:
        yield made


async def read_missed(connection: AsyncConnection, since: datetime, until: datetime) -> list[MissedRow]:
    """Return the open rows of the worklist, and those that came or were closed in the period."""
    table = missed_calls.c
    wanted = select(*(table[name] for name in MissedRow._fields)).where(
        or_(
            table.closed_at.is_(None),
            and_(table.at >= since, table.at < until),
            and_(table.closed_at >= since, table.closed_at < until),
        )
    )
    return [MissedRow._make(row) for row in (await connection.execute(wanted)).all()]
