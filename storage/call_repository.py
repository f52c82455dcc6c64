"""Calls, their steps and legs in SQL. Owns their queries; must not know how a call's facts arrive (relay, cel_reader).

`outcome` holds a word of `calls.outcomes.CallOutcome`, NULL while the call lasts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, RowMapping, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.search_text import like_pattern
from storage.tables import call_legs, call_steps, calls

ORDERS: Final[dict[str, Any]] = {"arrived_at": calls.c.arrived_at, "-arrived_at": calls.c.arrived_at.desc()}
"""What `order` of a list may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """One call. Times are UTC; durations are in seconds. Carries a token of the caller, never the number."""

    linkedid: str
    direction: str
    did: str | None
    caller_kind: str | None
    caller_token: str | None
    language: str | None
    arrived_at: datetime
    answered_at: datetime | None
    queued_at: datetime | None
    operator_answered_at: datetime | None
    ended_at: datetime | None
    queue: str | None
    operator: str | None
    outcome: str | None
    hangup_cause: int | None
    case_number: str | None
    synthetic: bool

    def waited(self, now: datetime) -> float | None:
        """Return the seconds in the queue so far (or in all), None when it never queued."""
        if self.queued_at is None:
            return None
        return ((self.operator_answered_at or self.ended_at or now) - self.queued_at).total_seconds()


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One journalled step of a call."""

    linkedid: str
    step: int
    kind: str
    at: datetime
    node: int
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class LegRecord:
    """One channel of a call. `extension` when it is an operator's phone; `cause` is the Q.850 hang-up cause."""

    uniqueid: str
    linkedid: str
    channel: str
    extension: str | None
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    cause: int | None


@dataclass(frozen=True, slots=True)
class LiveSummary:
    """The board's numbers about calls, from SQL. `longest_wait` in seconds."""

    active: int
    waiting: int
    longest_wait: float
    arrived_today: int
    answered_today: int


def call_record(row: RowMapping) -> CallRecord:
    """Return the record of a row of `calls`."""
    return CallRecord(**{field.name: row[field.name] for field in fields(CallRecord)})


async def get(connection: AsyncConnection, linkedid: str) -> CallRecord | None:
    """Return the call, or None."""
    row = (await connection.execute(select(calls).where(calls.c.linkedid == linkedid))).mappings().first()
    return None if row is None else call_record(row)


async def search(
    connection: AsyncConnection,
    *,
    text: str = "",
    outcome: str | None = None,
    operator: str | None = None,
    caller_token: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    active_only: bool = False,
    synthetic: bool = False,
    limit: int = 50,
    offset: int = 0,
    order: str = "-arrived_at",
) -> tuple[list[CallRecord], int]:
    """Return one page and the total. `text` finds the call id, DID, operator, queue, outcome, case number.

    A caller's number is found by its `caller_token` (identity_store makes it). Test calls show with `synthetic` only.
    """
    wanted: list[ColumnElement[bool]] = [
        calls.c.search_text.like(like_pattern(word), escape="\\") for word in text.split()
    ]
    if not synthetic:
        wanted.append(calls.c.synthetic.is_(False))
    for column, value in ((calls.c.outcome, outcome), (calls.c.operator, operator)):
        if value is not None:
            wanted.append(column == value)
    if caller_token is not None:
        wanted.append(calls.c.caller_token == caller_token)
    if since is not None:
        wanted.append(calls.c.arrived_at >= since)
    if until is not None:
        wanted.append(calls.c.arrived_at < until)
    if active_only:
        wanted.append(calls.c.ended_at.is_(None))
    total = (await connection.execute(select(func.count()).select_from(calls).where(*wanted))).scalar_one()
    page = select(calls).where(*wanted).order_by(ORDERS[order], calls.c.linkedid).limit(limit).offset(offset)
    return [call_record(row) for row in (await connection.execute(page)).mappings()], total


async def steps(connection: AsyncConnection, linkedid: str) -> list[StepRecord]:
    """Return the call's steps in order (the engine's saved states stay in the journal)."""
    wanted = select(call_steps).where(call_steps.c.linkedid == linkedid).order_by(call_steps.c.step)
    return [StepRecord(**row) for row in (await connection.execute(wanted)).mappings()]


async def steps_of(connection: AsyncConnection, linkedids: Sequence[str]) -> dict[str, list[StepRecord]]:
    """Return the steps of several calls by call, in order."""
    wanted = select(call_steps).where(call_steps.c.linkedid.in_(list(linkedids)))
    found: dict[str, list[StepRecord]] = {}
    for row in (await connection.execute(wanted.order_by(call_steps.c.linkedid, call_steps.c.step))).mappings():
        found.setdefault(row["linkedid"], []).append(StepRecord(**row))
    return found


async def legs(connection: AsyncConnection, linkedid: str) -> list[LegRecord]:
    """Return the call's channels, first one first."""
    wanted = select(call_legs).where(call_legs.c.linkedid == linkedid)
    rows = await connection.execute(wanted.order_by(call_legs.c.started_at, call_legs.c.uniqueid))
    return [LegRecord(**row) for row in rows.mappings()]


async def live_summary(connection: AsyncConnection, now: datetime, day_start: datetime) -> LiveSummary:
    """Return what goes on now and how many came since `day_start`. Test calls do not count."""
    real = (calls.c.synthetic.is_(False), calls.c.direction == "inbound")
    waiting = (calls.c.queued_at.is_not(None), calls.c.operator_answered_at.is_(None))
    open_row = (
        await connection.execute(
            select(func.count(), func.count().filter(*waiting), func.min(calls.c.queued_at).filter(*waiting))
            .select_from(calls)
            .where(calls.c.ended_at.is_(None), *real)
        )
    ).one()
    today = (
        await connection.execute(
            select(func.count(), func.count().filter(calls.c.operator_answered_at.is_not(None)))
            .select_from(calls)
            .where(calls.c.arrived_at >= day_start, *real)
        )
    ).one()
    longest = 0.0 if open_row[2] is None else (now - open_row[2]).total_seconds()
    return LiveSummary(open_row[0], open_row[1], longest, today[0], today[1])
