"""The call report: what came, what was answered, how long people waited, per local day. Owns its formulas.

Only real inbound calls count. Per day of arrival: `arrived` all calls; `queued` those that wanted a person; `answered`
those a person answered; `abandoned` = queued − answered, ended; `within` answered within `target` seconds; service
level of answered = within / answered, of offered = within / queued; waits in seconds, of answered calls.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import calls


@dataclass(slots=True)
class DayOfCalls:
    """One day. `outcomes`: outcome word → number of calls."""

    day: date
    arrived: int = 0
    queued: int = 0
    answered: int = 0
    abandoned: int = 0
    within: int = 0
    total_wait: float = 0.0
    longest_wait: float = 0.0
    outcomes: dict[str, int] = field(default_factory=dict)


async def calls_by_day(
    connection: AsyncConnection, *, since: datetime, until: datetime, zone: tzinfo, target: float
) -> list[DayOfCalls]:
    """Return one row per local day that had calls, oldest first."""
    wanted = (
        select(calls.c.arrived_at, calls.c.queued_at, calls.c.operator_answered_at, calls.c.ended_at, calls.c.outcome)
        .where(
            calls.c.arrived_at >= since,
            calls.c.arrived_at < until,
            calls.c.synthetic.is_(False),
            calls.c.direction == "inbound",
        )
        .order_by(calls.c.arrived_at)
    )
    days: dict[date, DayOfCalls] = {}
    for row in (await connection.execute(wanted)).mappings():
        local = row["arrived_at"].astimezone(zone).date()
        day = days.setdefault(local, DayOfCalls(local))
        day.arrived += 1
        if row["outcome"]:
            day.outcomes[row["outcome"]] = day.outcomes.get(row["outcome"], 0) + 1
        if row["queued_at"] is None:
            continue
        day.queued += 1
        if row["operator_answered_at"] is None:
            day.abandoned += row["ended_at"] is not None
            continue
        wait = (row["operator_answered_at"] - row["queued_at"]).total_seconds()
        day.answered += 1
        day.within += wait <= target
        day.total_wait += wait
        day.longest_wait = max(day.longest_wait, wait)
    return list(days.values())
