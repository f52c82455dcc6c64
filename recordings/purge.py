"""Deletes recordings whose time is over, and says what it did. Owns the rules of retention and the order of deleting.

A recording on legal hold stays. The file goes first, the row and the audit row follow in one transaction: a kill
between the two leaves a row whose file is missing, and the next run completes it. Call records are never touched.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, func, or_, select, update

from recordings.naming import SEALED, TEXT
from storage import audit_repository, recording_texts, score_repository
from storage.database import Database
from storage.recording_holds import is_held
from storage.recording_tables import recording_marks
from storage.tables import recordings

log = logging.getLogger(__name__)
BATCH: Final = 50
_LEFT_ALONE: Final = ("purged", "recording")
Retention = Mapping[str, int]
"""Kind of recording → days after its beginning. A kind that is not named is kept."""


@dataclass(slots=True)
class PurgeReport:
    """What a run did, or would do. `held`: ids that a legal hold keeps; `failed`: id → why it could not be deleted."""

    dry_run: bool
    purged: dict[str, int] = field(default_factory=dict)
    freed: int = 0
    held: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    left: int = 0
    """Due ones that are still there afterwards, those on hold aside."""

    @property
    def count(self) -> int:
        """How many were deleted, or would be."""
        return sum(self.purged.values())

    def as_json(self) -> dict[str, Any]:
        """Return it for a program or the audit log."""
        return {
            "dry_run": self.dry_run,
            "purged": dict(sorted(self.purged.items())),
            "freed": self.freed,
            "held": len(self.held),
            "failed": self.failed,
            "left": self.left,
        }


async def purge(
    database: Database, folder: Path, retention: Retention, now: datetime, *, actor: str, dry_run: bool = False
) -> PurgeReport:
    """Delete what is due. Raises DatabaseDown: what was deleted until then is in the audit log."""
    report = PurgeReport(dry_run)
    due = _due(retention, now)
    async with database.read() as connection:
        held = select(recordings.c.id).where(due, is_held()).order_by(recordings.c.started_at)
        report.held = list((await connection.execute(held)).scalars())
        if dry_run:
            rows = await connection.execute(select(recordings).where(due, ~is_held()))
            for row in rows.mappings():
                report.purged[row["kind"]] = report.purged.get(row["kind"], 0) + 1
                report.freed += await asyncio.to_thread(_size, _files(folder, row["path"]))
            report.left = report.count
            return report
    while await _purge_batch(database, folder, due, report, now, actor):
        pass
    async with database.begin() as connection:
        left = select(func.count()).select_from(recordings).where(due, ~is_held())
        report.left = int(await connection.scalar(left) or 0)
        await audit_repository.append(
            connection, at=now, actor=actor, action="recordings_purge", target="recordings", data=report.as_json()
        )
    return report


def _due(retention: Retention, now: datetime) -> ColumnElement[bool]:
    kinds = [
        (recordings.c.kind == kind) & (recordings.c.started_at < now - timedelta(days=days))
        for kind, days in retention.items()
    ]
    return or_(*kinds) & recordings.c.state.not_in(_LEFT_ALONE)


async def _purge_batch(
    database: Database, folder: Path, due: ColumnElement[bool], report: PurgeReport, now: datetime, actor: str
) -> bool:
    """Delete some; False when nothing more can be done."""
    wanted = select(recordings).where(due, ~is_held(), recordings.c.id.not_in(list(report.failed)))
    async with database.begin() as connection:
        # The rows are locked, so that a hold which is being placed either comes before or finds them gone.
        batch = (
            await connection.execute(wanted.order_by(recordings.c.started_at).limit(BATCH).with_for_update())
        ).mappings()
        gone: list[str] = []
        rows = list(batch)
        for row in rows:
            files = _files(folder, row["path"])
            try:
                size = await asyncio.to_thread(_delete, files)
            except OSError as error:
                log.error("recording %s cannot be deleted: %s", row["id"], error)
                report.failed[row["id"]] = str(error)
                continue
            gone.append(row["id"])
            report.freed += size
            report.purged[row["kind"]] = report.purged.get(row["kind"], 0) + 1
        if gone:
            await connection.execute(delete(recording_marks).where(recording_marks.c.recording_id.in_(gone)))
            await recording_texts.forget(connection, gone)
            await score_repository.forget_words(connection, gone)
            await connection.execute(update(recordings).where(recordings.c.id.in_(gone)).values(state="purged"))
            await audit_repository.append(
                connection, at=now, actor=actor, action="recordings_purged", target=gone[0], data={"recordings": gone}
            )
    return bool(rows)


def _files(folder: Path, relative: str) -> list[Path]:
    """Return the sealed file, its text, and what may lie beside it in the clear; nothing outside the folder."""
    root = folder.resolve()
    path = (root / relative).resolve()
    if not path.is_relative_to(root):
        return []
    return sorted({path, *(path.with_suffix(one) for one in (SEALED, TEXT, ".wav"))})


def _size(files: list[Path]) -> int:
    return sum(path.stat().st_size for path in files if path.is_file())


def _delete(files: list[Path]) -> int:
    size = _size(files)
    for path in files:
        path.unlink(missing_ok=True)
    return size
