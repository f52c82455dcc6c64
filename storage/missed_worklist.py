"""The worklist as people work it: one row per caller, what hurts most first. Owns grouping, order and closing.

Nothing leaves it by age: no query here has a time window. A caller whose number is withheld is a row for each call.
Order: points of the worst thing that happened, plus one for each further call (5 at most) and each full minute waited
(5 at most); among equals the one who has been waiting for an answer the longest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, String, case, cast, func, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from calls.outcomes import CallOutcome
from storage.missed_repository import CLOSED_HOW, MissedCall
from storage.tables import calls, cases, missed_calls

POINTS: Final[dict[str, int]] = {
    CallOutcome.FAILED: 5,
    CallOutcome.ABANDONED_QUEUE: 4,
    CallOutcome.AFTER_HOURS: 3,
    CallOutcome.REFUSED: 3,
    CallOutcome.ABANDONED_MENU: 1,
}
_MOST: Final = 5
_COLUMNS: Final = (missed_calls, calls.c.caller_kind, calls.c.caller_token, calls.c.language)


@dataclass(frozen=True, slots=True)
class MissedCaller:
    """One row: a caller and all of their calls that got nothing, newest first.

    `answered_since`: when the same number talked with an operator after the newest of them.
    """

    calls: tuple[MissedCall, ...]
    token: str | None
    answered_since: datetime | None = None

    @property
    def worst(self) -> MissedCall:
        """Return the call that the row is named after: the worst, the newest of equals."""
        return max(self.calls, key=lambda one: (POINTS.get(one.reason, 1), one.id))


@dataclass(frozen=True, slots=True)
class WaitingMessage:
    """A message that became a case which nobody has taken up yet."""

    linkedid: str
    at: datetime
    case_number: str
    caller_kind: str | None
    caller_token: str | None
    language: str | None


def _key() -> ColumnElement[str]:
    return func.coalesce(calls.c.caller_token, literal_column("'call '") + cast(missed_calls.c.id, String))


def _joined(*columns: Any) -> Select[Any]:  # noqa: ANN401  columns of either table
    return select(*columns).select_from(missed_calls.outerjoin(calls, calls.c.linkedid == missed_calls.c.linkedid))


def _at_most(value: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((value > _MOST, _MOST), else_=value)


async def worklist(
    connection: AsyncConnection, *, open_only: bool = True, limit: int = 50, offset: int = 0
) -> tuple[list[MissedCaller], int]:
    """Return one page of callers and their number. Closed ones, when wanted, come after, each closing by itself."""
    wanted = [missed_calls.c.closed_at.is_(None)] if open_only else []
    key = _key().label("key")
    worst = func.max(case(POINTS, value=missed_calls.c.reason, else_=1))
    points = worst + _at_most(func.count() - 1) + _at_most(func.max(missed_calls.c.waited) / 60)
    closed = missed_calls.c.closed_at
    groups = (
        _joined(key, missed_calls.c.closed_at, func.max(missed_calls.c.id).label("newest"))
        .where(*wanted)
        .group_by(key, missed_calls.c.closed_at)
    )
    total = (await connection.execute(select(func.count()).select_from(groups.subquery()))).scalar_one()
    ordered = groups.order_by(closed.is_not(None), closed.desc(), points.desc(), func.min(missed_calls.c.at))
    page = (await connection.execute(ordered.limit(limit).offset(offset))).all()
    rows = _joined(*_COLUMNS, key).where(key.in_([row[0] for row in page]), *wanted)
    inside: dict[tuple[str, datetime | None], list[MissedCall]] = {}
    for row in (await connection.execute(rows.order_by(missed_calls.c.id.desc()))).mappings():
        values = {name: row[name] for name in MissedCall.__slots__}
        inside.setdefault((row["key"], row["closed_at"]), []).append(MissedCall(**values))
    made = [tuple(inside[row[0], row[1]]) for row in page]
    since = await _answered_since(connection, [one[0].caller_token for one in made])
    return [_caller(one, since) for one in made], total


def _caller(found: tuple[MissedCall, ...], since: dict[str, datetime]) -> MissedCaller:
    token = found[0].caller_token
    answered = since.get(token or "")
    return MissedCaller(found, token, answered if answered is not None and answered > found[0].at else None)


async def _answered_since(connection: AsyncConnection, tokens: Sequence[str | None]) -> dict[str, datetime]:
    known = [token for token in tokens if token]
    if not known:
        return {}
    wanted = (
        select(calls.c.caller_token, func.max(calls.c.operator_answered_at))
        .where(calls.c.caller_token.in_(known), calls.c.operator_answered_at.is_not(None))
        .group_by(calls.c.caller_token)
    )
    return {row[0]: row[1] for row in (await connection.execute(wanted)).all()}


async def caller_of(connection: AsyncConnection, missed_id: int) -> MissedCall | None:
    """Return the row, locked where more than one may write; None when there is none."""
    wanted = _joined(*_COLUMNS).where(missed_calls.c.id == missed_id).with_for_update(of=missed_calls)
    row = (await connection.execute(wanted)).mappings().first()
    return None if row is None else MissedCall(**row)


async def close_group_of(
    connection: AsyncConnection,
    missed_id: int,
    *,
    how: str,
    note: str,
    by: str,
    at: datetime,
    through: int | None = None,
    before: datetime | None = None,
) -> tuple[str, ...]:
    """Close the row and the same caller's other open ones; return the linkedids. Empty: unknown, or closed already.

    `through`: the newest row that its closer has seen; `before`: only calls from before then. What came in since stays
    open. Raises ValueError for an unknown `how` or a reason without words.
    """
    if how not in CLOSED_HOW:
        raise ValueError(f"close a missed call by {', '.join(CLOSED_HOW)}, not {how[:32]!r}")
    if how == "reason" and not note.strip():
        raise ValueError("say the reason")
    asked = await caller_of(connection, missed_id)
    if asked is None:
        return ()
    mine: list[ColumnElement[bool]] = [missed_calls.c.closed_at.is_(None)]
    if asked.caller_token is None:
        mine.append(missed_calls.c.id == missed_id)
    else:
        mine.append(calls.c.caller_token == asked.caller_token)
    if through is not None:
        mine.append(missed_calls.c.id <= max(through, missed_id))
    if before is not None:
        mine.append(missed_calls.c.at <= before)
    found = (await connection.execute(_joined(missed_calls.c.id, missed_calls.c.linkedid).where(*mine))).all()
    values = {"closed_at": at, "closed_by": by, "closed_how": how, "closed_note": note.strip()}
    wanted = update(missed_calls).where(missed_calls.c.id.in_([row[0] for row in found]))
    await connection.execute(wanted.where(missed_calls.c.closed_at.is_(None)).values(values))
    return tuple(row[1] for row in found)


async def waiting_messages(connection: AsyncConnection, limit: int = 50) -> tuple[list[WaitingMessage], int]:
    """Return messages whose case nobody has taken up, oldest first, and their number. None leaves by age either."""
    wanted = (calls.c.outcome == CallOutcome.MESSAGE_LEFT.value, cases.c.status == "received")
    joined = calls.join(cases, cases.c.linkedid == calls.c.linkedid)
    total = (await connection.execute(select(func.count()).select_from(joined).where(*wanted))).scalar_one()
    columns = (calls.c.linkedid, calls.c.arrived_at, cases.c.number)
    page = select(*columns, calls.c.caller_kind, calls.c.caller_token, calls.c.language).select_from(joined)
    rows = await connection.execute(page.where(*wanted).order_by(cases.c.created_at, cases.c.number).limit(limit))
    return [WaitingMessage(*row) for row in rows.all()], total
