"""Which recordings have a text, want one, or failed to get one. Owns `recording_texts`; the text lies elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.recording_repository import Recording
from storage.recording_tables import recording_texts
from storage.tables import calls, recordings
from storage.upsert import insert_or_update

MOST_FAILURES: Final = 3
AGAIN_AFTER: Final = timedelta(minutes=10)
NEWEST: Final = timedelta(days=7)
"""Older recordings get no text: a model that is installed today does not work through the archive."""
WITH_SOUND: Final = ("complete", "repaired", "partial")


@dataclass(frozen=True, slots=True)
class TextState:
    """`made_at` None: there is no text (yet); after `MOST_FAILURES` failures there will be none."""

    language: str
    made_at: datetime | None = None
    failures: int = 0
    failed_at: datetime | None = None
    error: str = ""

    @property
    def is_given_up(self) -> bool:
        """Say whether it is not tried any more."""
        return self.made_at is None and self.failures >= MOST_FAILURES


async def next_wanted(
    connection: AsyncConnection, languages: Sequence[str], now: datetime
) -> tuple[Recording, str] | None:
    """Return the newest sealed call without a text, and its language; None: nothing is to be done now."""
    text = recording_texts.c
    tried = (text.failures < MOST_FAILURES) & (text.failed_at < now - AGAIN_AFTER)
    wanted = (
        select(recordings, calls.c.language)
        .join(calls, calls.c.linkedid == recordings.c.linkedid)
        .outerjoin(recording_texts, text.recording_id == recordings.c.id)
        .where(recordings.c.kind == "call", recordings.c.state.in_(WITH_SOUND), recordings.c.path.like("%.sealed"))
        .where(recordings.c.started_at >= now - NEWEST, recordings.c.seconds > 0)
        .where(calls.c.language.in_(tuple(languages)), calls.c.synthetic.is_(False))
        .where(text.recording_id.is_(None) | (text.made_at.is_(None) & tried))
        .order_by(recordings.c.started_at.desc())
        .limit(1)
    )
    row = (await connection.execute(wanted)).mappings().first()
    if row is None:
        return None
    return Recording(**{name: row[name] for name in Recording.__slots__}), row["language"]


async def lock(connection: AsyncConnection, recording_id: str) -> bool:
    """Keep the row from being purged until the transaction ends; False when it is purged, or gone."""
    wanted = select(recordings.c.state).where(recordings.c.id == recording_id).with_for_update()
    return await connection.scalar(wanted) in WITH_SOUND


async def get(connection: AsyncConnection, recording_id: str) -> TextState | None:
    """Return what became of a recording's text; None: nothing yet."""
    wanted = select(recording_texts).where(recording_texts.c.recording_id == recording_id)
    row = (await connection.execute(wanted)).mappings().first()
    return None if row is None else TextState(**{name: row[name] for name in TextState.__slots__})


async def set_made(connection: AsyncConnection, recording_id: str, language: str, now: datetime) -> None:
    """Say that the text is there."""
    await _save(connection, recording_id, TextState(language, made_at=now))


async def note_failure(
    connection: AsyncConnection, recording_id: str, language: str, error: str, now: datetime
) -> TextState:
    """Count one more failure, and return how it stands."""
    before = await get(connection, recording_id)
    failed = TextState(language, None, (before.failures if before else 0) + 1, now, error[:500])
    await _save(connection, recording_id, failed)
    return failed


async def forget(connection: AsyncConnection, recording_ids: Sequence[str]) -> None:
    """Delete the rows of recordings that are gone."""
    await connection.execute(delete(recording_texts).where(recording_texts.c.recording_id.in_(recording_ids)))


async def _save(connection: AsyncConnection, recording_id: str, state: TextState) -> None:
    values = {name: getattr(state, name) for name in TextState.__slots__}
    await insert_or_update(connection, recording_texts, ["recording_id"], values | {"recording_id": recording_id})
