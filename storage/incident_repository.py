"""Incidents in SQL: one lead case, the cases that are about the same thing, and why each was joined.

Must not know who reported. A joined case keeps its own number and PIN, so that each citizen can be told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from calls.ids import CaseNumber
from storage.desk_tables import incident_cases, incidents
from storage.upsert import insert_or_ignore, insert_or_update


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident; `callers` counts the lead case and every case joined to it."""

    id: int
    lead_case: str
    opened_at: datetime
    callers: int


async def of_cases(connection: AsyncConnection, numbers: Sequence[CaseNumber]) -> dict[str, Incident]:
    """Return the incident of each case that leads or belongs to one, by case number."""
    wanted = [number.digits for number in numbers]
    members = select(incident_cases.c.case_number, incident_cases.c.incident_id)
    leads = select(incidents.c.lead_case, incidents.c.id)
    found: dict[str, int] = {}
    for statement, column in ((members, incident_cases.c.case_number), (leads, incidents.c.lead_case)):
        rows = (await connection.execute(statement.where(column.in_(wanted)))).all()
        found |= {row[0]: row[1] for row in rows}
    counts = (
        select(incidents.c.id, incidents.c.lead_case, incidents.c.opened_at, func.count(incident_cases.c.case_number))
        .select_from(incidents.outerjoin(incident_cases, incident_cases.c.incident_id == incidents.c.id))
        .where(incidents.c.id.in_(list(found.values())))
        .group_by(incidents.c.id, incidents.c.lead_case, incidents.c.opened_at)
    )
    known = {row[0]: Incident(row[0], row[1], row[2], row[3] + 1) for row in (await connection.execute(counts)).all()}
    return {number: known[incident_id] for number, incident_id in found.items()}


async def join(
    connection: AsyncConnection, number: CaseNumber, to: CaseNumber, *, why: str, by: str, at: datetime
) -> Incident:
    """Make the case belong to the incident of `to`, which is opened when there is none. Return the incident.

    `to` may itself be a joined case: its incident is meant. Raises ValueError for a case that would join itself.
    """
    found = await of_cases(connection, [to])
    lead = CaseNumber(found[to.digits].lead_case) if to.digits in found else to
    if lead == number:
        raise ValueError("a case cannot be joined to itself")
    opening = {"lead_case": lead.digits, "opened_at": at, "opened_by": by}
    await insert_or_ignore(connection, incidents, opening)
    incident_id = (
        await connection.execute(select(incidents.c.id).where(incidents.c.lead_case == lead.digits))
    ).scalar_one()
    values = {"case_number": number.digits, "incident_id": incident_id, "why": why, "joined_at": at, "joined_by": by}
    await insert_or_update(connection, incident_cases, ["case_number"], values)
    return (await of_cases(connection, [lead]))[lead.digits]


async def leave(connection: AsyncConnection, number: CaseNumber) -> bool:
    """Take a case out of its incident (it was reopened); False when it belonged to none."""
    wanted = delete(incident_cases).where(incident_cases.c.case_number == number.digits)
    return (await connection.execute(wanted)).rowcount == 1


async def members(connection: AsyncConnection, incident_id: int) -> list[tuple[str, str]]:
    """Return (case number, why) of the joined cases, oldest first."""
    wanted = select(incident_cases.c.case_number, incident_cases.c.why).where(
        incident_cases.c.incident_id == incident_id
    )
    return [(row[0], row[1]) for row in (await connection.execute(wanted.order_by(incident_cases.c.joined_at))).all()]
