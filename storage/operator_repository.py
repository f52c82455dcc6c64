"""What the server knows of each operator: state, reason, and the rest as `details`. Owns the `operator_states` table.

The PBX forgets its dynamic members when it dies hard; this table is what they are put back from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import operator_states


@dataclass(frozen=True, slots=True)
class OperatorState:
    """State of one operator since `since`; `reason` only when paused. `details` belong to the console's roster."""

    extension: str
    username: str
    state: str
    reason: str
    since: datetime
    details: Mapping[str, Any] = field(default_factory=dict)


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
            details=dict(state.details),
        )
    )


async def list_states(connection: AsyncConnection) -> tuple[OperatorState, ...]:
    """Return every operator who ever signed in to the queue, by extension."""
    rows = (await connection.execute(select(operator_states).order_by(operator_states.c.extension))).mappings().all()
    return tuple(OperatorState(**row) for row in rows)


async def state_of(connection: AsyncConnection, extension: str) -> OperatorState | None:
    """Return the state of one extension."""
    query = select(operator_states).where(operator_states.c.extension == extension)
    row = (await connection.execute(query)).mappings().first()
    return OperatorState(**row) if row is not None else None
