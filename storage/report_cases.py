"""Reads the cases of a report with the moments of their lives. Owns the queries; must not know any formula."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from calls.report_rows import CaseRow
from cases.lifecycle import Status
from storage.tables import case_events, cases, orders


async def read_cases(connection: AsyncConnection, since: datetime, until: datetime) -> list[CaseRow]:
    """Return every case that was open at some moment of the period, or changed since it began."""
    wanted = (
        select(cases.c.number)
        .where(
            cases.c.created_at < until,
            or_(cases.c.closed_at.is_(None), cases.c.closed_at >= since, cases.c.updated_at >= since),
        )
        .subquery()
    )
    at, reached = case_events.c.at, case_events.c.data["to"].as_string()
    changes = (
        select(
            case_events.c.case_number,
            func.min(at).filter(reached == Status.ASSIGNED.value).label("assigned_at"),
            func.min(at).filter(reached == Status.IN_PROGRESS.value).label("begun_at"),
            func.min(at).filter(reached == Status.FIXED.value).label("fixed_at"),
            func.count().filter(reached == Status.REOPENED.value).label("reopened"),
        )
        .where(case_events.c.kind == "transition", case_events.c.case_number.in_(select(wanted.c.number)))
        .group_by(case_events.c.case_number)
        .subquery()
    )
    sent = (
        select(
            orders.c.case_number,
            func.min(orders.c.created_at).label("ordered_at"),
            func.min(orders.c.acknowledged_at).label("acknowledged_at"),
        )
        .where(orders.c.case_number.in_(select(wanted.c.number)))
        .group_by(orders.c.case_number)
        .subquery()
    )
    rows = await connection.execute(
        select(
            cases.c.number,
            cases.c.organisation,
            cases.c.created_at,
            cases.c.due_at,
            cases.c.closed_at,
            changes.c.assigned_at,
            sent.c.ordered_at,
            sent.c.acknowledged_at,
            changes.c.begun_at,
            changes.c.fixed_at,
            changes.c.reopened,
        )
        .join(wanted, wanted.c.number == cases.c.number)
        .outerjoin(changes, changes.c.case_number == cases.c.number)
        .outerjoin(sent, sent.c.case_number == cases.c.number)
        .order_by(cases.c.number)
    )
    return [
        CaseRow(
            number=number,
            organisation=organisation or "",
            created_at=created,
            due_at=due,
            closed_at=closed,
            handed_over_at=_first(assigned, ordered),
            taken_at=_first(acknowledged, begun),
            fixed_at=fixed,
            reopened=reopened or 0,
        )
        for number, organisation, created, due, closed, assigned, ordered, acknowledged, begun, fixed, reopened in rows
    ]


async def read_reopenings(connection: AsyncConnection, since: datetime, until: datetime) -> dict[str, list[datetime]]:
    """Return when cases were reopened in the period, by case number."""
    found: dict[str, list[datetime]] = {}
    wanted = select(case_events.c.case_number, case_events.c.at).where(
        case_events.c.kind == "transition",
        case_events.c.at >= since,
        case_events.c.at < until,
        case_events.c.data["to"].as_string() == Status.REOPENED.value,
    )
    for number, at in (await connection.execute(wanted)).all():
        found.setdefault(number, []).append(at)
    return found


def _first(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)
