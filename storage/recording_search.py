"""Finding recordings together with their calls. Owns that one join; who may listen is the console's business."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.recording_repository import Recording
from storage.search_text import like_pattern
from storage.tables import calls, recordings


@dataclass(frozen=True, slots=True)
class FoundRecording:
    """A recording and what its call says of itself."""

    recording: Recording
    operator: str | None
    outcome: str | None
    caller_kind: str | None
    caller_token: str | None
    case_number: str | None


async def search(
    connection: AsyncConnection,
    *,
    text: str = "",
    caller_token: str | None = None,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[FoundRecording], int]:
    """Return a page, newest first, and the total. `text` as in `call_repository.search`."""
    joined = recordings.outerjoin(calls, calls.c.linkedid == recordings.c.linkedid)
    wanted: list[ColumnElement[bool]] = [
        calls.c.search_text.like(like_pattern(word), escape="\\") for word in text.split()
    ]
    if caller_token is not None:
        wanted.append(calls.c.caller_token == caller_token)
    total = (await connection.execute(select(func.count()).select_from(joined).where(*wanted))).scalar_one()
    columns: list[Any] = [
        calls.c.operator,
        calls.c.outcome,
        calls.c.caller_kind,
        calls.c.caller_token,
        calls.c.case_number,
    ]
    page = (
        select(recordings, *columns)
        .select_from(joined)
        .where(*wanted)
        .order_by(recordings.c.started_at.desc(), recordings.c.id)
        .limit(limit)
        .offset(offset)
    )
    found = []
    for row in (await connection.execute(page)).mappings():
        recording = Recording(**{name: row[name] for name in Recording.__slots__})
        found.append(
            FoundRecording(
                recording,
                row["operator"],
                row["outcome"],
                row["caller_kind"],
                row["caller_token"],
                row["case_number"],
            )
        )
    return found, total
