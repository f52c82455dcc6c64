"""Counts of cases that anybody may see: per category, open and ended. Owns that one query; no row leaves it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.lifecycle import ENDED
from storage.tables import cases

_ENDED = tuple(status.value for status in ENDED)


@dataclass(frozen=True, slots=True)
class CategoryCount:
    """One category: cases open now, how many of them are overdue, cases ended since the moment asked for."""

    service_code: str | None
    open: int
    overdue: int
    ended: int


async def by_category(connection: AsyncConnection, *, now: datetime, ended_since: datetime) -> list[CategoryCount]:
    """Return the categories that have any, most open ones first."""
    is_open = cases.c.status.not_in(_ENDED)
    opened = func.count().filter(is_open)
    query = (
        select(
            cases.c.service_code,
            opened,
            func.count().filter(is_open, cases.c.due_at < now),
            func.count().filter(cases.c.status.in_(_ENDED), cases.c.closed_at >= ended_since),
        )
        .group_by(cases.c.service_code)
        .order_by(opened.desc(), cases.c.service_code)
    )
    rows = (await connection.execute(query)).all()
    return [CategoryCount(row[0], row[1], row[2], row[3]) for row in rows if row[1] or row[3]]
