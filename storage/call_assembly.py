"""Makes a call's record out of what is stored of it: CEL rows and journalled steps. Recomputes, never increments.

May be run for a call at any time, in any order, any number of times: the result depends only on the facts stored so
far. Must not know files (cel_reader, relay bring the facts) or the PBX (reconcile asks it).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from calls.cel import OUR_NUMBER_CONTEXTS, CelRow
from calls.events import Event, EventType
from calls.ids import TEST_CALL, is_test_call
from calls.journal_entries import EntryKind
from calls.outcomes import MISSED, CallOutcome
from cases.outcomes import CALLBACK_CONTEXTS, TO_CITIZEN, CallFacts, facts_of
from cases.segments import Segment, segments_of
from storage import recording_repository
from storage.call_legs import legs_of
from storage.call_repository import StepRecord
from storage.missed_attempts import settle_attempts
from storage.missed_list import MissedState, keep_missed_list
from storage.recording_repository import Recording
from storage.search_text import fold
from storage.segment_repository import keep_segments
from storage.stored_calls import StoredCall, stored_calls
from storage.tables import call_legs, calls
from storage.upsert import insert_or_update

RECORDED_CONTEXTS: Final = frozenset({"order-call", TO_CITIZEN}) | CALLBACK_CONTEXTS
"""Dialplan contexts of calls that we make and that are recorded too: orders read out, citizens called back."""
_FACT_COLUMNS: Final = (
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
        if not self.ended or is_test_call(self.linkedid):
            return []
        return [Event(EventType.CALL_ENDED, at, {"linkedid": self.linkedid, "outcome": str(self.outcome)})]


async def assemble(
    connection: AsyncConnection, linkedid: str, *, closed_at: datetime | None = None
) -> Assembled | None:
    """Write the call's record, legs and place on the missed list; None when nothing at all is known of it.

    `closed_at`: the PBX no longer has the call though no row says that it ended.
    """
    made = await assemble_many(connection, [linkedid], closed_at=closed_at)
    return made[0] if made else None


async def assemble_many(
    connection: AsyncConnection, linkedids: Sequence[str], *, closed_at: datetime | None = None, legs: bool = True
) -> list[Assembled]:
    """Do it for many calls, with as many statements as for one; those of which nothing is known are left out.

    A row that would not change is not written. `legs` is False when no CEL row is new: legs depend on nothing else.
    """
    made: list[Assembled] = []
    records: list[dict[str, Any]] = []
    channels: list[dict[str, Any]] = []
    sounds: list[Recording] = []
    ended: list[MissedState] = []
    parts: dict[str, list[Segment]] = {}
    queues: dict[str, str] = {}
    for stored in await stored_calls(connection, linkedids):
        known_end = stored.record["ended_at"] if stored.record is not None else None
        facts = facts_of(stored.rows, stored.steps, closed_at=closed_at or known_end)
        if facts is None:
            continue
        outcome = facts.outcome
        if outcome in MISSED and stored.left_message:
            outcome = CallOutcome.MESSAGE_LEFT
        values = _record_of(stored, facts, outcome)
        queues[stored.linkedid] = str(values.get("queue") or "")
        if stored.record is None or any(stored.record[name] != value for name, value in values.items()):
            records.append(values | {"search_text": _search_text(values)})
        if legs:
            channels += legs_of(stored.rows)
            if facts.operator is not None:
                parts[stored.linkedid] = segments_of(stored.rows, ended_at=facts.ended_at)
        sounds += [sound for sound in _sounds_of(stored.rows, facts) if sound.id not in stored.recordings]
        if facts.ended_at is not None:
            ended.append(MissedState(stored.linkedid, facts, outcome, stored.case_number))
        just_ended = facts.ended_at is not None and known_end is None
        made.append(Assembled(stored.linkedid, outcome, just_ended, stored.record is None))
    await insert_or_update(connection, calls, ["linkedid"], records)
    await insert_or_update(connection, call_legs, ["uniqueid"], sorted(channels, key=lambda leg: str(leg["uniqueid"])))
    await recording_repository.add_many(connection, sounds)
    await keep_missed_list(connection, ended)
    await keep_segments(connection, parts, queues)
    made_by_us = {call.linkedid: call.facts for call in ended if call.facts.direction == "outbound"}
    await settle_attempts(connection, made_by_us)
    return made


def _record_of(stored: StoredCall, facts: CallFacts, outcome: CallOutcome | None) -> dict[str, Any]:
    told = _told_of(stored.rows, stored.steps)
    told["case_number"] = stored.case_number or told.get("case_number")
    values: dict[str, Any] = {name: getattr(facts, name) for name in _FACT_COLUMNS}
    values |= {name: told.get(name) for name in _AUTHOR_COLUMNS}
    return values | {"linkedid": stored.linkedid, "outcome": None if outcome is None else outcome.value}


def _told_of(rows: Sequence[CelRow], taken: Sequence[StepRecord]) -> dict[str, Any]:
    """Return what the facts say beyond times; a later fact wins, the journal before CEL for who called."""
    told: dict[str, Any] = {}
    for row in rows:
        if row.event == "CHAN_START" and row.context in OUR_NUMBER_CONTEXTS and row.uniqueid == row.linkedid:
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


def _search_text(values: Mapping[str, Any]) -> str:
    names = ("linkedid", "did", "operator", "queue", "outcome", "case_number", "language")
    return fold(" ".join(str(values[name]) for name in names if values.get(name)))


def _sounds_of(rows: Sequence[CelRow], facts: CallFacts) -> list[Recording]:
    """Know of the call's recording even when no AGI server was alive to journal it."""
    by_us = any(row.context in RECORDED_CONTEXTS for row in rows)
    if facts.synthetic and any(row.linkedid.startswith(TEST_CALL) for row in rows):
        return []
    if (facts.answered_at or facts.operator_answered_at) is None or not (facts.direction == "inbound" or by_us):
        return []
    answers = [row for row in rows if row.event == "ANSWER" and row.uniqueid == row.linkedid]
    return [recording_repository.of_channel(row.uniqueid, row.linkedid, row.at) for row in answers]
