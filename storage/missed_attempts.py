"""Calling back in SQL: one attempt at a time per caller, and what came of it. Must not know numbers or who dials.

An attempt is stored, with the id of the call it will be, before anything rings; the call's own record (CEL) says how it
ended. So neither a crash of the console nor a second click can make a call that nobody knows of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.outcomes import CallFacts
from storage.missed_tables import missed_attempts
from storage.missed_worklist import close_group_of
from storage.tables import calls

REACHED: Final = "reached"
NOT_REACHED: Final = "not_reached"
OPERATOR_ABSENT: Final = "operator_absent"
FAILED: Final = "failed"
_LINE_DOWN: Final = frozenset({"CHANUNAVAIL", "CONGESTION"})
"""Nobody was rung: the line, not the citizen, did not answer."""
_STALE: Final = timedelta(minutes=2)
"""An attempt of which the exchange never wrote a word for so long was never dialled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedAttempt:
    """One call back. `called`: the call that is answered for; `linkedid`: the new one."""

    id: str
    missed_id: int | None
    called: str
    caller_token: str
    linkedid: str
    username: str
    extension: str
    began_at: datetime
    ended_at: datetime | None = None
    outcome: str | None = None
    detail: str = ""


async def begin_attempt(connection: AsyncConnection, attempt: MissedAttempt) -> str | None:
    """Store an attempt; return the user name of whoever calls this caller already, None when it was stored."""
    written = select(calls.c.linkedid).where(calls.c.linkedid == missed_attempts.c.linkedid).exists()
    busy = (
        select(missed_attempts.c.username)
        .where(
            missed_attempts.c.caller_token == attempt.caller_token,
            missed_attempts.c.ended_at.is_(None),
            or_(written, missed_attempts.c.began_at > attempt.began_at - _STALE),
        )
        .limit(1)
    )
    calling = (await connection.execute(busy)).scalar()
    if calling is not None:
        return str(calling)
    values = {field.name: getattr(attempt, field.name) for field in fields(MissedAttempt)}
    await connection.execute(missed_attempts.insert().values(values))
    return None


async def end_attempt(
    connection: AsyncConnection, attempt_id: str, *, outcome: str, at: datetime, detail: str = ""
) -> bool:
    """Store how an attempt ended; False when it was ended already (the first word counts)."""
    mine = (missed_attempts.c.id == attempt_id, missed_attempts.c.ended_at.is_(None))
    values = {"outcome": outcome, "ended_at": at, "detail": detail[:300]}
    return (await connection.execute(update(missed_attempts).where(*mine).values(values))).rowcount == 1


async def settle_attempts(connection: AsyncConnection, ended: Mapping[str, CallFacts]) -> None:
    """End the attempts whose calls ended: a caller who was reached leaves the worklist with all of their calls."""
    if not ended:
        return
    open_ones = select(missed_attempts).where(
        missed_attempts.c.linkedid.in_(list(ended)), missed_attempts.c.ended_at.is_(None)
    )
    for row in (await connection.execute(open_ones)).mappings().all():
        facts = ended[row["linkedid"]]
        at = facts.ended_at or facts.arrived_at
        if facts.operator_answered_at is None:
            outcome = OPERATOR_ABSENT
        elif facts.answered_at is None and facts.dial_status in _LINE_DOWN:
            outcome = FAILED
        else:
            outcome = REACHED if facts.answered_at is not None else NOT_REACHED
        await end_attempt(connection, row["id"], outcome=outcome, at=at, detail=facts.dial_status)
        if outcome == REACHED and row["missed_id"] is not None:
            # What came in after this call began is another matter: it stays.
            await close_group_of(
                connection,
                row["missed_id"],
                how="callback",
                note=row["linkedid"],
                by=row["username"],
                at=at,
                before=row["began_at"],
            )


async def attempts_of(
    connection: AsyncConnection, tokens: Sequence[str], missed_ids: Sequence[int]
) -> list[MissedAttempt]:
    """Return the attempts at these callers, oldest first."""
    wanted = (
        select(*[missed_attempts.c[field.name] for field in fields(MissedAttempt)])
        .where(
            or_(
                missed_attempts.c.caller_token.in_(list(tokens)),
                and_(missed_attempts.c.missed_id.is_not(None), missed_attempts.c.missed_id.in_(list(missed_ids))),
            )
        )
        .order_by(missed_attempts.c.began_at)
    )
    return [MissedAttempt(**row) for row in (await connection.execute(wanted)).mappings()]
