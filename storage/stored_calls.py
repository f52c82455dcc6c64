"""Reads all that is stored of some calls, with one statement per table. Must not know what follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import RowMapping, select
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


async def stored_calls(connection: AsyncConnection, linkedids: Sequence[str]) -> list[StoredCall]:
    """Return what is known of each call, in the order of their ids."""
    found = {linkedid: StoredCall(linkedid) for linkedid in sorted(set(linkedids))}
    if not found:
        return []
    ids = list(found)
    rows = select(cel_rows).where(cel_rows.c.linkedid.in_(ids)).order_by(cel_rows.c.at, cel_rows.c.id)
    for _id, _source, event, at, linkedid, uniqueid, channel, data in (await connection.execute(rows)).all():
        found[linkedid].rows.append(CelRow(event, at, linkedid, uniqueid, channel, data))
    steps = select(call_steps).where(call_steps.c.linkedid.in_(ids)).order_by(call_steps.c.step)
    for step in (await connection.execute(steps)).all():
        found[step.linkedid].steps.append(StepRecord(*step))
    records = await connection.execute(select(calls).where(calls.c.linkedid.in_(ids)))
    for record in records.mappings():
        found[record["linkedid"]].record = record
    opened = select(cases.c.linkedid, cases.c.number).where(cases.c.linkedid.in_(ids)).order_by(cases.c.created_at)
    for linkedid, number in (await connection.execute(opened)).all():
        found[linkedid].case_number = found[linkedid].case_number or number
    sounds = select(recordings.c.linkedid, recordings.c.id, recordings.c.kind).where(recordings.c.linkedid.in_(ids))
    for linkedid, sound, kind in (await connection.execute(sounds)).all():
        found[linkedid].recordings.add(sound)
        found[linkedid].left_message |= kind == "message"
    return list(found.values())
