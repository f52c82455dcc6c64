"""Finding recordings together with their calls. Owns that one join; whose may be found comes in as a scope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.hearing_scope import HearingScope
from storage.recording_holds import in_case, is_held
from storage.recording_repository import Recording
from storage.search_text import like_pattern
from storage.tables import calls, recordings

EVERYTHING = HearingScope()
_OF_CALL = ("operator", "outcome", "caller_kind", "caller_token", "case_number", "queue")


@dataclass(frozen=True, slots=True)
class FoundRecording:
    """A recording and what its call says of itself. `held`: a legal hold keeps it."""

    recording: Recording
    operator: str | None
    outcome: str | None
    caller_kind: str | None
    caller_token: str | None
    case_number: str | None
    queue: str | None = None
    held: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for; empty and None: not asked. `text` as in `call_repository.search`; `case` in digits.

    `begins` and `before` bound the recording's beginning.
    """

    text: str = ""
    caller_token: str | None = None
    call: str = ""
    case: str = ""
    operator: str = ""
    outcome: str = ""
    kind: str = ""
    begins: datetime | None = None
    before: datetime | None = None

    def told(self) -> Mapping[str, str]:
        """Return what was asked, for the audit log: of a number its token."""
        named = {name: getattr(self, name) for name in Wanted.__slots__}
        return {name: str(value) for name, value in named.items() if value}

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what must hold for a row of `recordings` joined with `calls`."""
        found: list[ColumnElement[bool]] = [
            or_(calls.c.search_text.like(like_pattern(word), escape="\\"), recordings.c.linkedid == word)
            for word in self.text.split()
        ]
        for asked, column in (
            (self.caller_token, calls.c.caller_token),
            (self.call, recordings.c.linkedid),
            (self.operator, calls.c.operator),
            (self.outcome, calls.c.outcome),
            (self.kind, recordings.c.kind),
        ):
            if asked:
                found.append(column == asked)
        if self.case:
            found.append(in_case(literal(self.case)))
        if self.begins is not None:
            found.append(recordings.c.started_at >= self.begins)
        if self.before is not None:
            found.append(recordings.c.started_at < self.before)
        return found


def _joined() -> Select[Any]:
    columns: list[Any] = [calls.c[name] for name in _OF_CALL]
    return select(recordings, *columns, is_held().label("held")).select_from(
        recordings.outerjoin(calls, calls.c.linkedid == recordings.c.linkedid)
    )


def _found(row: RowMapping) -> FoundRecording:
    recording = Recording(**{name: row[name] for name in Recording.__slots__})
    return FoundRecording(recording, **{name: row[name] for name in _OF_CALL}, held=bool(row["held"]))


async def search(
    connection: AsyncConnection,
    wanted: Wanted,
    *,
    scope: HearingScope = EVERYTHING,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[FoundRecording], int]:
    """Return a page, newest first, and the total, of what lies within the scope."""
    asked = [*wanted.conditions(), *scope.conditions()]
    joined = recordings.outerjoin(calls, calls.c.linkedid == recordings.c.linkedid)
    total = (await connection.execute(select(func.count()).select_from(joined).where(*asked))).scalar_one()
    page = _joined().where(*asked).order_by(recordings.c.started_at.desc(), recordings.c.id)
    rows = (await connection.execute(page.limit(limit).offset(offset))).mappings()
    return [_found(row) for row in rows], total


async def get_within(
    connection: AsyncConnection, recording_id: str, scope: HearingScope = EVERYTHING
) -> FoundRecording | None:
    """Return the recording; None when there is none, or none within the scope."""
    wanted = _joined().where(recordings.c.id == recording_id, *scope.conditions())
    row = (await connection.execute(wanted)).mappings().first()
    return None if row is None else _found(row)
