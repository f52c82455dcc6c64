"""Legal holds: what is not deleted though its time is over. Owns `recording_holds`; not who may place one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.recording_tables import recording_holds
from storage.tables import calls, cases, orders, recordings


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold on one recording (`recording_id`) or on everything of a case (`case_number`)."""

    id: int
    recording_id: str | None
    case_number: str | None
    reason: str
    placed_at: datetime
    placed_by: str
    released_at: datetime | None
    released_by: str | None
    release_reason: str


def in_case(number: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that a row of `recordings` belongs to that case: by its call, or by an order of the case."""
    # Under names of their own: the query around may have the same tables.
    call, case, order = calls.alias("held_call"), cases.alias("held_case"), orders.alias("held_order")
    linkedid = recordings.c.linkedid
    wanted = (
        select(call.c.linkedid).where(call.c.linkedid == linkedid, call.c.case_number == number),
        select(case.c.number).where(case.c.linkedid == linkedid, case.c.number == number),
        select(order.c.id).where(order.c.id == linkedid, order.c.case_number == number),
    )
    return or_(*(exists(one.correlate(recordings, recording_holds)) for one in wanted))


def is_held() -> ColumnElement[bool]:
    """Return the condition that a row of `recordings` is on hold, itself or through a case."""
    standing = select(recording_holds.c.id).where(recording_holds.c.released_at.is_(None))
    through_case = recording_holds.c.case_number.is_not(None) & in_case(recording_holds.c.case_number)
    return exists(
        standing.where(or_(recording_holds.c.recording_id == recordings.c.id, through_case)).correlate(recordings)
    )


async def place(
    connection: AsyncConnection,
    *,
    recording_id: str | None = None,
    case_number: str | None = None,
    reason: str,
    by: str,
    now: datetime,
) -> int:
    """Place a hold and return its id."""
    values = {"recording_id": recording_id, "case_number": case_number, "reason": reason}
    placed = {"placed_at": now, "placed_by": by, "release_reason": ""}
    made = await connection.execute(insert(recording_holds).values(values | placed))
    return int((made.inserted_primary_key or (0,))[0])


async def release(connection: AsyncConnection, hold_id: int, *, reason: str, by: str, now: datetime) -> Hold | None:
    """Release a hold that stands and return it; None when there is none."""
    changed = await connection.execute(
        update(recording_holds)
        .where(recording_holds.c.id == hold_id, recording_holds.c.released_at.is_(None))
        .values(released_at=now, released_by=by, release_reason=reason)
    )
    if changed.rowcount != 1:
        return None
    row = (await connection.execute(select(recording_holds).where(recording_holds.c.id == hold_id))).mappings().one()
    return Hold(**row)


async def standing(connection: AsyncConnection, recording_id: str) -> list[Hold]:
    """Return the holds that keep a recording, itself or through a case."""
    through_case = recording_holds.c.case_number.is_not(None) & in_case(recording_holds.c.case_number)
    wanted = (
        select(recording_holds)
        .select_from(recordings.join(recording_holds, recording_holds.c.released_at.is_(None)))
        .where(recordings.c.id == recording_id)
        .where(or_(recording_holds.c.recording_id == recordings.c.id, through_case))
        .order_by(recording_holds.c.id)
    )
    return [Hold(**row) for row in (await connection.execute(wanted)).mappings()]
