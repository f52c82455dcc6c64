"""How a call went from person to person, on the timelines of its cases: sent on, asked, put through, three talked.

The audit log knows who did it, whom it was about and when. What it says of a call is copied to each case of that call,
once; a case that is made later gets what was before. Owns that copy; only extensions and the town's words are in it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.case import Case
from storage import audit_repository, case_repository
from storage.tables import audit

STEPS: Final = {
    "call_transfer": "transfer",
    "call_consult": "consult",
    "call_complete": "complete",
    "call_conference": "conference",
}
"""Action of the audit log → `what` of the line."""


async def tell_cases(connection: AsyncConnection, linkedid: str) -> list[Case]:
    """Write the lines that are missing; return the cases that got one. Data: linkedid, what, by, target."""
    wanted = select(audit).where(audit.c.object == linkedid, audit.c.action.in_(STEPS)).order_by(audit.c.id)
    steps = (await connection.execute(wanted)).mappings().all()
    if not steps:
        return []
    told = []
    for case in await case_repository.cases_of_call(connection, linkedid):
        written = False
        for step in steps:
            data = step["data"]
            line = {
                "linkedid": linkedid,
                "what": STEPS[step["action"]],
                "by": str(data.get("by") or data.get("operator") or ""),
                "target": str(data.get("to") or data.get("target") or ""),
            }
            source = f"call:{linkedid}:step:{step['id']}:{case.number.digits}"
            written |= await case_repository.add_event(
                connection, case.number, at=step["at"], kind="call", actor=step["actor"], data=line, source=source
            )
        if written:
            told.append(case)
    return told


async def note_phone_transfer(connection: AsyncConnection, linkedid: str, by: str, target: str, at: datetime) -> None:
    """Record that a telephone sent a caller on by its own keys. `by`, `target`: extensions, the second may be empty."""
    data = {"by": by, "to": f"operator-{target}" if target else ""}
    await audit_repository.append(connection, at=at, actor=by, action="call_transfer", target=linkedid, data=data)
    await tell_cases(connection, linkedid)
