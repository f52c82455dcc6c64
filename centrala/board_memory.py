"""What the records know of a call that goes on, so that the board is whole again after the console was killed.

Owns the way from rows to a line of the board; must not know the PBX. The number comes from the identity store and stays
in this process's memory.
"""

from __future__ import annotations

from agent_console.call_board import LiveCall
from calls.caller import Caller, CallerKind
from calls.journal_entries import EntryKind
from storage import call_repository
from storage.call_repository import CallRecord, StepRecord
from storage.database import Database
from storage.identity_store import IdentityStore


class BoardMemory:
    """Remembers by reading."""

    def __init__(self, database: Database, identity: IdentityStore) -> None:
        self._database = database
        self._identity = identity

    async def recall(self, linkedid: str) -> LiveCall | None:
        """Return the call as far as it is stored, None when it is not. Raises DatabaseDown."""
        async with self._database.read() as connection:
            record = await call_repository.get(connection, linkedid)
            if record is None:
                return None
            steps = await call_repository.steps(connection, linkedid)
        return LiveCall(
            linkedid=linkedid,
            arrived_at=record.arrived_at,
            did=record.did or "",
            caller=await self._caller(record),
            language=record.language or "",
            menu=_menu(steps),
            queue=record.queue or "",
            queued_at=record.queued_at,
        )

    async def _caller(self, record: CallRecord) -> Caller | None:
        if record.caller_kind is None:
            return None
        number = await self._identity.number_of(record.caller_token) if record.caller_token else None
        kind = CallerKind(record.caller_kind)
        if kind is CallerKind.NUMBER and number is None:
            return None
        return Caller(kind, number or "")


def _menu(steps: list[StepRecord]) -> tuple[tuple[str, str], ...]:
    taken = [step.data for step in steps if step.kind == EntryKind.MENU_STEP and step.data.get("node")]
    return tuple((str(data["node"]), str(data.get("keys") or "")) for data in taken)[-40:]
