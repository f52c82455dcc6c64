"""What operators' telephones went through since a moment, out of the stored CEL rows. Reads only."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.phone_moments import PhoneMoment, phone_moments
from storage.stored_calls import stored_rows
from storage.tables import call_legs, calls

_LONGEST_CALL: Final = timedelta(hours=6)
_AT_ONCE: Final = 200
"""Calls read with one statement: SQLite bounds the number of parameters."""


async def moments_since(connection: AsyncConnection, since: datetime) -> list[PhoneMoment]:
    """Return the moments, in order of time, of the calls with an operator's telephone that were not over at `since`.

    Earlier moments of those calls are among them: who talked already.
    """
    wanted = (
        select(call_legs.c.linkedid)
        .join(calls, calls.c.linkedid == call_legs.c.linkedid)
        .where(
            calls.c.arrived_at > since - _LONGEST_CALL,
            call_legs.c.extension.is_not(None),
            or_(call_legs.c.ended_at.is_(None), call_legs.c.ended_at > since),
        )
        .distinct()
        .order_by(call_legs.c.linkedid)
    )
    linkedids = list((await connection.execute(wanted)).scalars())
    found: list[PhoneMoment] = []
    for start in range(0, len(linkedids), _AT_ONCE):
        for rows in (await stored_rows(connection, linkedids[start : start + _AT_ONCE])).values():
            found += phone_moments(rows)
    return sorted(found, key=lambda moment: moment.at)
