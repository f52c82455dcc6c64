"""What operators last said they are: ready, paused with a reason, offline. Owns the `operator_states` table.

The PBX forgets its dynamic members when it dies hard; this table is what they are put back from.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import operator_states

READY = "ready"
PAUSED = "paused"
OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class OperatorState:
    """State of one operator's phone since `since`; `reason` only when paused."""

    extension: str
    username: str
    state: str
    reason: str
    since: datetime


async def save_state(connection: AsyncConnection, state: OperatorState) -> None:
    """Store what the PBX has accepted."""
    await connection.execute(delete(operator_states).where(operator_states.c.extension == state.extension))
    await connection.execute(
        insert(operator_states).values(
            extension=state.extension,
            username=state.username,
            state=state.state,
            reason=state.reason,
            since=state.since,
        )
    )


async def list_states(connection: AsyncConnection) -> tuple[OperatorState, ...]:
    """Return every operator who ever signed in to the queue, by extension."""
    rows = (await connection.execute(select(operator_states).order_by(operator_states.c.extension))).mappings().all()
    return tuple(
        OperatorState(row["extension"], row["username"], row["state"], row["reason"], row["since"]) for row in rows
    )


async def state_of(connection: AsyncConnection, extension: str) -> OperatorState | None:
    """Return the state of one extension."""
    query = select(operator_states).where(operator_states.c.extension == extension)
    row = (await connection.execute(query)).mappings().first()
    if row is None:
        return None
    return OperatorState(row["extension"], row["username"], row["state"], row["reason"], row["since"])
