"""Reads how often a call lost its operator's phone. Owns no table: it is in the CEL rows."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from calls.cel import CelRow
from cases.interruptions import Interruption, interruptions_of
from storage.tables import cel_rows

_EVENTS = ("USER_DEFINED", "LINKEDID_END")


async def of_call(connection: AsyncConnection, linkedid: str) -> tuple[Interruption, ...]:
    """Return the call's interruptions in time order."""
    query = (
        select(*(cel_rows.c[name] for name in ("event", "at", "linkedid", "uniqueid", "channel", "data")))
        .where(cel_rows.c.linkedid == linkedid, cel_rows.c.event.in_(_EVENTS))
        .order_by(cel_rows.c.at, cel_rows.c.id)
    )
    return interruptions_of([CelRow(*row) for row in (await connection.execute(query)).all()])
