"""Drafts of cases in SQL, field by field. Owns versions and expiry; must not know who reports (identity_drafts).

Each field has a version of its own: who writes a field names the version that they saw, so that two people on one
draft never overwrite one another unseen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import RowMapping, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.desk_tables import case_drafts
from storage.upsert import insert_or_update

KEPT: Final = timedelta(hours=72)
"""A draft that nobody touched for so long is gone: a long weekend, no more."""


@dataclass(frozen=True, slots=True)
class DraftField:
    """One field as it is stored now."""

    value: str
    version: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft. `username`: who began it."""

    key: str
    fields: Mapping[str, DraftField]
    username: str
    updated_at: datetime


class DraftConflict(Exception):
    """Somebody else wrote the field since; `field` is what stands there now."""

    def __init__(self, field: DraftField) -> None:
        super().__init__(f"{field.by} wrote this field meanwhile")
        self.field = field


def _draft(row: RowMapping) -> Draft:
    fields = {
        name: DraftField(one["value"], one["version"], one["by"], datetime.fromisoformat(one["at"]))
        for name, one in row["fields"].items()
    }
    return Draft(row["key"], fields, row["username"], row["updated_at"])


async def get(connection: AsyncConnection, key: str, now: datetime) -> Draft | None:
    """Return the draft, None when there is none or it has expired."""
    wanted = select(case_drafts).where(case_drafts.c.key == key, case_drafts.c.updated_at > now - KEPT)
    row = (await connection.execute(wanted)).mappings().first()
    return None if row is None else _draft(row)


async def write_field(
    connection: AsyncConnection, key: str, name: str, value: str, *, seen: int, by: str, now: datetime
) -> DraftField:
    """Store one field. `seen`: the version that its author saw, 0 for none. Raises DraftConflict.

    The same value again is no conflict, whoever wrote it.
    """
    row = (
        (await connection.execute(select(case_drafts).where(case_drafts.c.key == key).with_for_update()))
        .mappings()
        .first()
    )
    fields: dict[str, Any] = {}
    username = by
    if row is not None and row["updated_at"] > now - KEPT:
        fields, username = dict(row["fields"]), row["username"]
    before = fields.get(name)
    if before is not None and before["version"] != seen and before["value"] != value and before["by"] != by:
        raise DraftConflict(
            DraftField(before["value"], before["version"], before["by"], datetime.fromisoformat(before["at"]))
        )
    written = DraftField(value, (before["version"] if before else 0) + 1, by, now)
    fields[name] = {"value": value, "version": written.version, "by": by, "at": now.isoformat()}
    values = {"key": key, "fields": fields, "username": username, "updated_at": now}
    await insert_or_update(connection, case_drafts, ["key"], values)
    return written


async def of_user(connection: AsyncConnection, username: str, now: datetime, limit: int = 5) -> list[Draft]:
    """Return the drafts that a user began and nobody has finished, newest first."""
    wanted = select(case_drafts).where(case_drafts.c.username == username, case_drafts.c.updated_at > now - KEPT)
    rows = await connection.execute(wanted.order_by(case_drafts.c.updated_at.desc()).limit(limit))
    return [_draft(row) for row in rows.mappings()]


async def remove(connection: AsyncConnection, key: str) -> bool:
    """Forget a draft; False when there was none."""
    return (await connection.execute(delete(case_drafts).where(case_drafts.c.key == key))).rowcount == 1


async def purge(connection: AsyncConnection, now: datetime) -> int:
    """Remove what has expired; return how many."""
    return (await connection.execute(delete(case_drafts).where(case_drafts.c.updated_at <= now - KEPT))).rowcount
