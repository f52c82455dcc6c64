"""Cases and their timelines in SQL. Owns their queries; must not know who reported (identity_store) or who asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, RowMapping, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from calls.ids import CaseNumber
from cases.case import Case, CaseChannel, CaseEvent, CaseKind, NewCase
from cases.lifecycle import ENDED, Status
from storage.search_text import fold, like_pattern
from storage.tables import calls, case_events, cases
from storage.upsert import insert_or_ignore

_ENDED: Final = tuple(status.value for status in ENDED)
_EDITABLE: Final = frozenset(
    [
        "kind",
        "status",
        "service_code",
        "organisation",
        "description",
        "street",
        "house_number",
        "latitude",
        "longitude",
        "language",
        "due_at",
        "closed_at",
        "owner",
        "linkedid",
    ]
)
_NEW_COLUMNS: Final = tuple(field.name for field in fields(NewCase))
_SEARCHED: Final = ("description", "street", "house_number", "service_code", "organisation", "owner")
ORDERS: Final[dict[str, Any]] = {
    "created_at": cases.c.created_at,
    "-created_at": cases.c.created_at.desc(),
    "due_at": cases.c.due_at.asc().nulls_last(),
    "-due_at": cases.c.due_at.desc().nulls_last(),
    "-updated_at": cases.c.updated_at.desc(),
}
"""What `order` of a list may be."""


class Conflict(Exception):
    """Somebody else changed the case since its author read it; read it again."""


@dataclass(frozen=True, slots=True)
class CaseCounts:
    """How many cases are open, overdue, without anybody reached."""

    open: int
    overdue: int
    send_failed: int


def _case(row: RowMapping) -> Case:
    values = {field.name: row[field.name] for field in fields(Case)}
    values["number"] = CaseNumber(row["number"])
    values["kind"] = CaseKind(row["kind"])
    values["channel"] = CaseChannel(row["channel"])
    values["status"] = Status(row["status"])
    return Case(**values)


def _search_text(values: Mapping[str, Any]) -> str:
    number = str(values["number"])
    words = [number, str(CaseNumber(number)), *(str(values.get(name) or "") for name in _SEARCHED)]
    return fold(" ".join(words))


async def create(connection: AsyncConnection, new: NewCase, source: str | None = None) -> bool:
    """Store a case and the first line of its timeline; return False when it is stored already (a replayed fact).

    `source` is the idempotency key of that line. A replay changes nothing.
    """
    if not await insert_or_ignore(connection, cases, _new_values(new)):
        return False
    await insert_or_ignore(connection, case_events, _first_line(new, source))
    return True


async def create_many(connection: AsyncConnection, new: Sequence[tuple[NewCase, str]]) -> bool:
    """Store cases with their `source`s; False when some of them were stored already: undo it then, take them singly."""
    rows = [_new_values(case) for case, _ in new]
    if await insert_or_ignore(connection, cases, rows) != len(rows):
        return False
    await insert_or_ignore(connection, case_events, [_first_line(case, source) for case, source in new])
    return True


def _new_values(new: NewCase) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(new, name) for name in _NEW_COLUMNS}
    values["number"] = new.number.digits
    values |= {name: values[name].value for name in ("kind", "channel", "status")}
    values |= {"updated_at": new.created_at, "version": 1, "closed_at": None}
    values["search_text"] = _search_text(values)
    return values


def _first_line(new: NewCase, source: str | None) -> dict[str, Any]:
    data = {"status": new.status.value, "channel": new.channel.value, "owner": new.owner}
    line = {"case_number": new.number.digits, "at": new.created_at, "kind": "created", "actor": new.created_by}
    return line | {"data": data, "source": source}


async def get(connection: AsyncConnection, number: CaseNumber) -> Case | None:
    """Return the case, or None."""
    row = (await connection.execute(select(cases).where(cases.c.number == number.digits))).mappings().first()
    return None if row is None else _case(row)


async def search(
    connection: AsyncConnection,
    *,
    text: str = "",
    status: Sequence[Status] = (),
    organisation: str | None = None,
    open_only: bool = False,
    overdue_at: datetime | None = None,
    limit: int = 50,
    offset: int = 0,
    order: str = "-created_at",
) -> tuple[list[Case], int]:
    """Return one page and the total. Every word of `text` must be found; diacritics and script do not matter."""
    wanted: list[ColumnElement[bool]] = [
        cases.c.search_text.like(like_pattern(word), escape="\\") for word in text.split()
    ]
    if status:
        wanted.append(cases.c.status.in_([one.value for one in status]))
    if organisation is not None:
        wanted.append(cases.c.organisation == organisation)
    if open_only:
        wanted.append(cases.c.status.not_in(_ENDED))
    if overdue_at is not None:
        wanted += [cases.c.status.not_in(_ENDED), cases.c.due_at < overdue_at]
    total = (await connection.execute(select(func.count()).select_from(cases).where(*wanted))).scalar_one()
    page = select(cases).where(*wanted).order_by(ORDERS[order], cases.c.number).limit(limit).offset(offset)
    return [_case(row) for row in (await connection.execute(page)).mappings()], total


async def update_case(
    connection: AsyncConnection,
    number: CaseNumber,
    *,
    version: int,
    changes: Mapping[str, Any],
    actor: str,
    at: datetime,
    kind: str = "edit",
    data: Mapping[str, Any] | None = None,
    source: str | None = None,
) -> Case:
    """Change columns and write the timeline line of it, in one go.

    `version` is what the author saw: another one stored raises Conflict. `kind` is `transition` or `edit`; `data`
    goes on the timeline (default: the changes). Raises ValueError for a column that may not be edited, LookupError
    for an unknown case.
    """
    unknown = set(changes) - _EDITABLE
    if unknown:
        raise ValueError(f"a case has no editable {', '.join(sorted(unknown))}")
    locked = select(cases).where(cases.c.number == number.digits).with_for_update()
    row = (await connection.execute(locked)).mappings().first()
    if row is None:
        raise LookupError(f"no case {number}")
    if row["version"] != version:
        raise Conflict(f"case {number} is at version {row['version']}, not {version}")
    values = dict(row) | {name: getattr(value, "value", value) for name, value in changes.items()}
    values |= {"version": version + 1, "updated_at": at, "search_text": _search_text(values)}
    if "status" in changes and "closed_at" not in changes:
        values["closed_at"] = at if values["status"] in _ENDED else None
    await connection.execute(update(cases).where(cases.c.number == number.digits).values(values))
    told = {name: _plain(value) for name, value in changes.items()} if data is None else dict(data)
    await add_event(connection, number, at=at, kind=kind, actor=actor, data=told, source=source)
    stored = await get(connection, number)
    assert stored is not None  # noqa: S101  the row is locked by this transaction
    return stored


def _plain(value: Any) -> Any:  # noqa: ANN401  a column's value of any type
    return value.isoformat() if isinstance(value, datetime) else getattr(value, "value", value)


async def add_event(
    connection: AsyncConnection,
    number: CaseNumber,
    *,
    at: datetime,
    kind: str,
    actor: str,
    data: Mapping[str, Any],
    source: str | None = None,
) -> bool:
    """Write a line on the timeline; with a `source` that is there already nothing happens and False is returned."""
    values = {"case_number": number.digits, "at": at, "kind": kind, "actor": actor, "data": dict(data)}
    return bool(await insert_or_ignore(connection, case_events, values | {"source": source}))


async def timeline(connection: AsyncConnection, number: CaseNumber) -> list[CaseEvent]:
    """Return the case's lines, oldest first."""
    lines = select(case_events).where(case_events.c.case_number == number.digits)
    rows = await connection.execute(lines.order_by(case_events.c.at, case_events.c.id))
    return [CaseEvent(**{field.name: row[field.name] for field in fields(CaseEvent)}) for row in rows.mappings()]


async def cases_of_caller(connection: AsyncConnection, token: str, limit: int = 20) -> list[Case]:
    """Return the cases opened in calls from the number behind `token`, newest first, open ones before ended ones."""
    ended = cases.c.status.in_(_ENDED)
    wanted = select(cases).join(calls, calls.c.linkedid == cases.c.linkedid).where(calls.c.caller_token == token)
    rows = await connection.execute(wanted.order_by(ended, cases.c.created_at.desc()).limit(limit))
    return [_case(row) for row in rows.mappings()]


async def cases_of_call(connection: AsyncConnection, linkedid: str) -> list[Case]:
    """Return the cases that the call opened or that have a line about it."""
    told = select(case_events.c.case_number).where(case_events.c.source.like(f"call:{linkedid}:%"))
    wanted = select(cases).where(or_(cases.c.linkedid == linkedid, cases.c.number.in_(told)))
    return [_case(row) for row in (await connection.execute(wanted.order_by(cases.c.created_at))).mappings()]


async def counts(connection: AsyncConnection, now: datetime, organisation: str | None = None) -> CaseCounts:
    """Return how many cases are open, overdue and failed to be sent."""
    wanted: list[ColumnElement[bool]] = [cases.c.status.not_in(_ENDED)]
    if organisation is not None:
        wanted.append(cases.c.organisation == organisation)
    row = (
        await connection.execute(
            select(
                func.count(),
                func.count().filter(cases.c.due_at < now),
                func.count().filter(cases.c.status == Status.SEND_FAILED.value),
            )
            .select_from(cases)
            .where(*wanted)
        )
    ).one()
    return CaseCounts(open=row[0], overdue=row[1], send_failed=row[2])
