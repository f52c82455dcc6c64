"""Scoring forms as rows. Owns `score_forms` and `score_form_versions`; what makes a good form is not known here.

A version is written once and never changed: a change makes the next one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.score_tables import score_form_versions as versions
from storage.score_tables import score_forms as forms
from storage.upsert import insert_or_ignore

Criteria = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class FormVersion:
    """A form as it was in one version. `id` is the form's, `version_id` the version's row. `created_…`: the version."""

    id: int
    name: str
    retired_at: datetime | None
    version_id: int
    version: int
    criteria: Criteria
    created_at: datetime
    created_by: str


_COLUMNS = (
    forms.c.id,
    forms.c.name,
    forms.c.retired_at,
    versions.c.id.label("version_id"),
    versions.c.version,
    versions.c.criteria,
    versions.c.created_at,
    versions.c.created_by,
)


def _form(row: RowMapping) -> FormVersion:
    return FormVersion(**row)


async def add(connection: AsyncConnection, name: str, criteria: Criteria, *, by: str, now: datetime) -> int:
    """Store a new form with its version 1, and return the form's id."""
    made = await connection.execute(insert(forms).values(name=name, created_at=now, created_by=by))
    form_id = int((made.inserted_primary_key or (0,))[0])
    await _add_version(connection, form_id, 1, criteria, by, now)
    return form_id


async def add_version(
    connection: AsyncConnection, form_id: int, based_on: int, criteria: Criteria, *, by: str, now: datetime
) -> bool:
    """Store the version after `based_on`; False when that is not the newest one (any more)."""
    newest = await current(connection, form_id)
    if newest is None or newest.version != based_on:
        return False
    return await _add_version(connection, form_id, based_on + 1, criteria, by, now)


async def _add_version(
    connection: AsyncConnection, form_id: int, version: int, criteria: Criteria, by: str, now: datetime
) -> bool:
    row = {"form_id": form_id, "version": version, "created_at": now, "created_by": by}
    # Of two people who change it at once one is told, not the other's work lost.
    return await insert_or_ignore(connection, versions, row | {"criteria": [dict(one) for one in criteria]}) == 1


async def current(connection: AsyncConnection, form_id: int) -> FormVersion | None:
    """Return a form in its newest version, retired or not; None when there is none."""
    wanted = select(*_COLUMNS).join(versions, versions.c.form_id == forms.c.id).where(forms.c.id == form_id)
    row = (await connection.execute(wanted.order_by(versions.c.version.desc()).limit(1))).mappings().first()
    return None if row is None else _form(row)


async def all_current(connection: AsyncConnection, *, retired: bool = False) -> list[FormVersion]:
    """Return every form in its newest version, by name; with `retired` those that are not used any more, too."""
    newest = select(versions.c.form_id, func.max(versions.c.version).label("version")).group_by(versions.c.form_id)
    last = newest.subquery()
    wanted = (
        select(*_COLUMNS)
        .join(versions, versions.c.form_id == forms.c.id)
        .join(last, (last.c.form_id == versions.c.form_id) & (last.c.version == versions.c.version))
        .order_by(forms.c.name, forms.c.id)
    )
    if not retired:
        wanted = wanted.where(forms.c.retired_at.is_(None))
    return [_form(row) for row in (await connection.execute(wanted)).mappings()]


async def retire(connection: AsyncConnection, form_id: int, *, by: str, now: datetime) -> bool:
    """Offer the form no more; its scores stay. False when it is not offered anyway."""
    wanted = update(forms).where(forms.c.id == form_id, forms.c.retired_at.is_(None))
    return (await connection.execute(wanted.values(retired_at=now, retired_by=by))).rowcount == 1
