"""Makes a call's record out of what is stored of it: CEL rows and journalled steps. Recomputes, never increments.

May be run for a call at any time, in any order, any number of times: the result depends only on the facts stored so
far. Must not know files (cel_reader, relay bring the facts) or the PBX (reconcile asks it).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from calls.cel import OUR_NUMBER_CONTEXTS, CelRow
from calls.events import Event, EventType
from calls.journal_entries import EntryKind
from calls.outcomes import MISSED, CallOutcome
from cases.outcomes import CallFacts, facts_of
from storage import recording_repository
from storage.call_repository import StepRecord, steps
from storage.search_text import fold
from storage.tables import call_legs, calls, cases, cel_rows, missed_calls, recordings
from storage.upsert import insert_or_update

ORDER_CONTEXT: Final = "order-call"
"""Dialplan context of an order read out on a telephone: recorded too."""
_AUTHOR_COLUMNS: Final = ("did", "caller_kind", "caller_token", "language", "queue", "case_number")


@dataclass(frozen=True, slots=True)
class Assembled:
    """What became known by assembling. `ended` is true only the first time that the call has an end."""

    linkedid: str
    outcome: CallOutcome | None
    ended: bool
    arrived: bool

    def events(self, at: datetime) -> list[Event]:
        """Return the live events to publish."""
        if not self.ended:
            return []
        return [Event(EventType.CALL_ENDED, at, {"linkedid": self.linkedid, "outcome": str(self.outcome)})]


async def rows_of(connection: AsyncConnection, linkedid: str) -> list[CelRow]:
    """Return the stored CEL rows of a call, in time order."""
    wanted = select(cel_rows).where(cel_rows.c.linkedid == linkedid).order_by(cel_rows.c.at, cel_rows.c.id)
    return [
        CelRow(row["event"], row["at"], row["linkedid"], row["uniqueid"], row["channel"], row["data"])
        for row in (await connection.execute(wanted)).mappings()
    ]


async def assemble(
    connection: AsyncConnection, linkedid: str, *, closed_at: datetime | None = None
) -> Assembled | None:
    """Write the call's record, legs and place on the missed list; None when nothing at all is known of it.

    `closed_at`: the PBX no longer has the call though no row says that it ended.
    """
    rows = await rows_of(connection, linkedid)
    taken = await steps(connection, linkedid)
    stored = (await connection.execute(select(calls).where(calls.c.linkedid == linkedid))).mappings().first()
    known_end = stored["ended_at"] if stored is not None else None
    facts = facts_of(rows, taken, closed_at=closed_at or known_end)
    if facts is None:
        return None
    outcome = facts.outcome
    if outcome in MISSED and await _left_message(connection, linkedid):
        outcome = CallOutcome.MESSAGE_LEFT
    told = _told_of(rows, taken)
    told["case_number"] = await _case_of(connection, linkedid) or told.get("case_number")
    values: dict[str, Any] = {
        name: getattr(facts, name)
        for name in (
            "direction",
            "synthetic",
            "arrived_at",
            "answered_at",
            "queued_at",
            "operator_answered_at",
            "operator",
            "ended_at",
            "hangup_cause",
        )
    }
    values |= {name: told.get(name) for name in _AUTHOR_COLUMNS}
    values |= {"linkedid": linkedid, "outcome": None if outcome is None else outcome.value}
    values["search_text"] = _search_text(values)
    await insert_or_update(connection, calls, ["linkedid"], values)
    await _write_legs(connection, rows)
    await _write_recording(connection, rows, facts)
    if facts.ended_at is not None:
        await _write_missed(connection, linkedid, facts, outcome)
    return Assembled(linkedid, outcome, facts.ended_at is not None and known_end is None, stored is None)


def _told_of(rows: Sequence[CelRow], taken: Sequence[StepRecord]) -> dict[str, Any]:
    """Return what the facts say beyond times; a later fact wins, the journal before CEL for who called."""
    told: dict[str, Any] = {}
    for row in rows:
        if row.event == "CHAN_START" and row.context in OUR_NUMBER_CONTEXTS:
            told.setdefault("did", row.data.get("exten"))
        for name in ("caller_kind", "caller_token"):
            if name in row.data:
                told.setdefault(name, row.data[name])
    for step in taken:
        names: Mapping[str, str] = {
            EntryKind.CALL_ARRIVED: "did caller_kind caller_token",
            EntryKind.LANGUAGE_CHOSEN: "language",
            EntryKind.MENU_STEP: "language",
            EntryKind.QUEUED: "queue language",
        }
        for name in names.get(step.kind, "").split():
            if step.data.get(name):
                told[name] = str(step.data[name])
    return told


async def _case_of(connection: AsyncConnection, linkedid: str) -> str | None:
    wanted = select(cases.c.number).where(cases.c.linkedid == linkedid).order_by(cases.c.created_at).limit(1)
    return (await connection.execute(wanted)).scalar()


async def _left_message(connection: AsyncConnection, linkedid: str) -> bool:
    """A message in a spool is known by its recording, not by the journal: no AGI server was alive to write there."""
    wanted = exists().where(recordings.c.linkedid == linkedid, recordings.c.kind == "message")
    return bool((await connection.execute(select(wanted))).scalar())


def _search_text(values: Mapping[str, Any]) -> str:
    names = ("linkedid", "did", "operator", "queue", "outcome", "case_number", "language")
    return fold(" ".join(str(values[name]) for name in names if values.get(name)))


async def _write_legs(connection: AsyncConnection, rows: Sequence[CelRow]) -> None:
    legs: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row.event == "CHAN_START":
            legs[row.uniqueid] = {
                "uniqueid": row.uniqueid,
                "linkedid": row.linkedid,
                "channel": row.channel,
                "extension": row.extension,
                "started_at": row.at,
                "answered_at": None,
                "ended_at": None,
                "cause": None,
            }
        elif row.uniqueid in legs and row.event == "ANSWER":
            legs[row.uniqueid]["answered_at"] = row.at
        elif row.uniqueid in legs and row.event in {"HANGUP", "CHAN_END"}:
            legs[row.uniqueid]["ended_at"] = row.at
            if isinstance(row.data.get("hangupcause"), int):
                legs[row.uniqueid]["cause"] = row.data["hangupcause"]
    for leg in legs.values():
        await insert_or_update(connection, call_legs, ["uniqueid"], leg)


async def _write_recording(connection: AsyncConnection, rows: Sequence[CelRow], facts: CallFacts) -> None:
    """Know of the call's recording even when no AGI server was alive to journal it."""
    read_out = any(row.context == ORDER_CONTEXT for row in rows)
    if facts.answered_at is None or not (facts.direction == "inbound" or read_out):
        return
    for row in rows:
        if row.event == "ANSWER" and row.uniqueid == row.linkedid:
            await recording_repository.add(
                connection, recording_repository.of_channel(row.uniqueid, row.linkedid, row.at)
            )


async def _write_missed(
    connection: AsyncConnection, linkedid: str, facts: CallFacts, outcome: CallOutcome | None
) -> None:
    open_row = (missed_calls.c.linkedid == linkedid, missed_calls.c.closed_at.is_(None))
    if outcome in MISSED and not facts.synthetic and facts.direction == "inbound":
        values = {
            "linkedid": linkedid,
            "reason": outcome.value if outcome else "",
            "last_step": facts.missed_step,
            "at": facts.arrived_at,
        }
        closed = select(missed_calls.c.id).where(missed_calls.c.linkedid == linkedid)
        if (await connection.execute(closed.where(missed_calls.c.closed_at.is_not(None)))).first() is None:
            await insert_or_update(connection, missed_calls, ["linkedid"], values)
    else:
        message = outcome is CallOutcome.MESSAGE_LEFT and await _case_of(connection, linkedid)
        if message:  # it stood on the list until its spool was read: the row keeps the trace
            await connection.execute(
                update(missed_calls)
                .where(*open_row)
                .values(closed_at=facts.ended_at, closed_by="system", closed_how="case", closed_note=message)
            )
        else:
            await connection.execute(delete(missed_calls).where(*open_row))
