"""How many cases of each category are open, overdue and ended: numbers only, no case and no person. Owns one query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select

from cases.lifecycle import ENDED
from storage.database import Database
from storage.tables import cases

_ENDED = [status.value for status in ENDED]


@dataclass(frozen=True, slots=True)
class Count:
    """Cases of one service (None: not yet sorted)."""

    service_code: str | None
    open: int
    overdue: int
    ended: int


async def counts(database: Database, now: datetime) -> tuple[Count, ...]:
    """Return the counts, most open first. Raises DatabaseDown."""
    ended = cases.c.status.in_(_ENDED)
    late = ~ended & (cases.c.due_at < now)
    wanted = select(
        cases.c.service_code,
        func.sum(case((ended, 0), else_=1)),
        func.sum(case((late, 1), else_=0)),
        func.sum(case((ended, 1), else_=0)),
    ).group_by(cases.c.service_code)
    async with database.read() as connection:
        rows = (await connection.execute(wanted)).all()
    found = [Count(row[0], int(row[1]), int(row[2]), int(row[3])) for row in rows]
    return tuple(sorted(found, key=lambda one: (-one.open, -one.ended)))
