"""Which operator has a caller's open case: tried first, so that a citizen need not tell it twice. Reads only.

Owns the question; must not know the queue or any number: calls are compared by the caller's token. A presented number
proves nothing (ADR 0009), and nothing is told here: a pretender reaches an operator, as anybody does.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.lifecycle import ENDED
from storage.tables import calls, cases

_ENDED: Final = tuple(status.value for status in ENDED)


async def own_operator(connection: AsyncConnection, linkedid: str, since: datetime) -> str | None:
    """Return who took the newest call, not before `since`, about an open case of the same caller.

    An empty string: nobody. None: it is not known yet who calls.
    """
    token = (await connection.execute(select(calls.c.caller_token).where(calls.c.linkedid == linkedid))).first()
    if token is None:
        return None
    if not token[0]:
        return ""
    wanted = (
        select(calls.c.operator)
        .join(cases, cases.c.linkedid == calls.c.linkedid)
        .where(
            calls.c.caller_token == token[0],
            calls.c.linkedid != linkedid,
            calls.c.operator.is_not(None),
            calls.c.arrived_at >= since,
            cases.c.status.not_in(_ENDED),
        )
        .order_by(calls.c.arrived_at.desc())
        .limit(1)
    )
    return str((await connection.execute(wanted)).scalar() or "")
