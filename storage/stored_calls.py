"""Reads all that is stored of some calls, with one statement per table. Must not know what follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import BindParameter, RowMapping, bindparam, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from calls.cel import CelRow
from storage.call_repository import StepRecord
from storage.tables import call_steps, calls, cases, cel_rows, recordings


@dataclass(slots=True)
class StoredCall:
    """`rows` in time order, `steps` by number; `record` is the row of `calls`; `recordings` holds ids."""

    linkedid: str
    rows: list[CelRow] = field(default_factory=list)
    steps: list[StepRecord] = field(default_factory=list)
    record: RowMapping | None = None
    case_number: str | None = None
    recordings: set[str] = field(default_factory=set)
    left_message: bool = False
    """A message in a spool is known by its recording, not by the journal: no AGI server was alive to write there."""


_IDS: Final[BindParameter[str]] = bindparam("ids", expanding=True)
# Made once: making a statement costs more than running it.
_ROWS: Final = (
    select(
        cel_rows.c.event,
        cel_rows.c.at,
        cel_rows.c.linkedid,
        cel_rows.c.uniqueid,
        cel_rows.c.channel,
        cel_rows.c.data,
    )
    .where(cel_rows.c.linkedid.in_(_IDS))
    .order_by(cel_rows.c.at, cel_rows.c.id)
)
_STEPS: Final = select(call_steps).where(call_steps.c.linkedid.in_(_IDS)).order_by(call_steps.c.step)
_RECORDS: Final = select(calls).where(calls.c.linkedid.in_(_IDS)).order_by(calls.c.linkedid).with_for_update()
_CASE: Final = "case"
_BESIDE: Final = union_all(
    select(cases.c.linkedid, cases.c.number, literal(_CASE), cases.c.created_at).where(cases.c.linkedid.in_(_IDS)),
    select(recordings.c.linkedid, recordings.c.id, recordings.c.kind, recordings.c.started_at).where(
        recordings.c.linkedid.in_(_IDS)
    ),
)


async def stored_rows(connection: AsyncConnection, linkedids: Sequence[str]) -> dict[str, list[CelRow]]:
    """Return the CEL rows of each call, in order of time."""
    found: dict[str, list[CelRow]] = {linkedid: [] for linkedid in linkedids}
    for row in (await connection.execute(_ROWS, {"ids": list(found)})).all():
        found[row[2]].append(CelRow(*row))
    return found


async def stored_calls(connection: AsyncConnection, linkedids: Sequence[str]) -> list[StoredCall]:
    """Return what is known of each call, in the order of their ids."""
    found = {linkedid: StoredCall(linkedid) for linkedid in sorted(set(linkedids))}
    if not found:
        return []
    wanted = {"ids": list(found)}
    # First, for it locks them where more than one may write: what follows is then read as it will be written.
    for record in (await connection.execute(_RECORDS, wanted)).mappings():
        found[record["linkedid"]].record = record
    for row in (await connection.execute(_ROWS, wanted)).all():
        found[row[2]].rows.append(CelRow(*row))
    for step in (await connection.execute(_STEPS, wanted)).all():
        found[step[0]].steps.append(StepRecord(*step))
    beside = (await connection.execute(_BESIDE, wanted)).all()
    for linkedid, name, kind, _at in sorted(beside, key=lambda one: one[3]):
        call = found[linkedid]
        if kind == _CASE:
            call.case_number = call.case_number or name
        else:
            call.recordings.add(name)
            call.left_message |= kind == "message"
    return list(found.values())
