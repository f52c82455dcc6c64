"""Keeps the list of missed calls true to the calls that ended. Must not know CEL rows, nor who closes an item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from calls.outcomes import MISSED, CallOutcome
from cases.outcomes import CallFacts
from storage.tables import missed_calls
from storage.upsert import insert_or_update

_LISTED: Final = select(missed_calls.c.linkedid, missed_calls.c.closed_at).where(
    missed_calls.c.linkedid.in_(bindparam("ids", expanding=True))
)


@dataclass(frozen=True, slots=True)
class MissedState:
    """A call that ended, as far as the list is concerned."""

    linkedid: str
    facts: CallFacts
    outcome: CallOutcome | None
    case_number: str | None

    @property
    def belongs(self) -> bool:
        """Tell whether somebody should call back."""
        return self.outcome in MISSED and not self.facts.synthetic and self.facts.direction == "inbound"


async def keep_missed_list(connection: AsyncConnection, ended: Sequence[MissedState]) -> None:
    """Put the calls on the list or take them off; an item that somebody closed stays as it is."""
    if not ended:
        return
    found = await connection.execute(_LISTED, {"ids": [call.linkedid for call in ended]})
    listed = {linkedid: closed_at is None for linkedid, closed_at in found.all()}
    on: list[dict[str, Any]] = []
    off: list[str] = []
    for call in ended:
        if call.belongs:
            if listed.get(call.linkedid, True):
                on.append(
                    {
                        "linkedid": call.linkedid,
                        "reason": call.outcome.value if call.outcome else "",
                        "last_step": call.facts.missed_step,
                        "at": call.facts.arrived_at,
                        "waited": call.facts.waited,
                    }
                )
        elif listed.get(call.linkedid, False):
            if call.outcome is CallOutcome.MESSAGE_LEFT and call.case_number:
                await _close_by_case(connection, call)
            else:
                off.append(call.linkedid)
    await insert_or_update(connection, missed_calls, ["linkedid"], on)
    if off:
        open_rows = (missed_calls.c.linkedid.in_(off), missed_calls.c.closed_at.is_(None))
        await connection.execute(delete(missed_calls).where(*open_rows))


async def _close_by_case(connection: AsyncConnection, call: MissedState) -> None:
    """It stood on the list until its spool was read: the row keeps the trace."""
    await connection.execute(
        update(missed_calls)
        .where(missed_calls.c.linkedid == call.linkedid, missed_calls.c.closed_at.is_(None))
        .values(closed_at=call.facts.ended_at, closed_by="system", closed_how="case", closed_note=call.case_number)
    )
