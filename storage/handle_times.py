"""How long recent conversations took, wrap-up included. Reads only; what follows from it is `cases.expected_wait`'s."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import calls
from storage.work_tables import operator_activity

MOST: Final = 60


async def recent_handle_times(connection: AsyncConnection, queue: str, since: datetime) -> list[float]:
    """Return seconds from answer to end, plus wrap-up where it is known, of the newest calls that a queue gave."""
    wanted = (
        select(calls.c.linkedid, calls.c.operator_answered_at, calls.c.ended_at)
        .where(
            calls.c.queue == queue,
            calls.c.direction == "inbound",
            calls.c.operator_answered_at >= since,
            calls.c.ended_at.is_not(None),
        )
        .order_by(calls.c.operator_answered_at.desc())
        .limit(MOST)
    )
    talked = {
        row.linkedid: (row.ended_at - row.operator_answered_at).total_seconds()
        for row in await connection.execute(wanted)
    }
    wrapped = select(operator_activity.c.linkedid, operator_activity.c.began_at, operator_activity.c.ended_at).where(
        operator_activity.c.activity == "wrapup",
        operator_activity.c.ended_at.is_not(None),
        operator_activity.c.linkedid.in_(talked),
    )
    for row in await connection.execute(wrapped):
        talked[row.linkedid] += (row.ended_at - row.began_at).total_seconds()
    return [seconds for seconds in talked.values() if seconds >= 0]
