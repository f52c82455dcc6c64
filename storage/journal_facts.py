"""What each journal entry means in SQL: steps, cases, messages, order attempts. Must not know files or positions.

Every effect is idempotent by (`linkedid`, `step`). An entry that cannot be applied (a bug, not an outage) raises an
alarm and is passed over, so that one bad fact never holds up the others; its step is stored all the same.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from calls.alarms import AlarmKind, alarm_id
from calls.events import Event, EventType
from calls.ids import TEST_CALL, CaseNumber
from calls.journal_entries import EntryKind, JournalEntry
from cases.case import CaseChannel, CaseKind, NewCase
from cases.intake import DEFAULT_HOURS, DEFAULT_ORGANISATION, Intake, IntakeRules
from storage import (
    audit_repository,
    callback_repository,
    case_repository,
    order_repository,
    recording_repository,
)
from storage.alarm_repository import raise_alarm
from storage.recording_repository import Recording
from storage.tables import call_steps
from storage.upsert import insert_or_ignore

_LOG: Final = logging.getLogger(__name__)
_NOT_STORED: Final = ("caller", "pin_hash", "session")
CREATED_BY: Final = "menu"
WITH_EFFECTS: Final = frozenset(
    {
        EntryKind.CALL_ARRIVED,
        EntryKind.CASE_CREATED,
        EntryKind.MESSAGE_LEFT,
        EntryKind.STATUS_ASKED,
        EntryKind.ORDER_ANSWERED,
        EntryKind.NOTICE_CHANGED,
        EntryKind.CALLBACK_ASKED,
    }
)
SHOWN_AT_ONCE: Final = frozenset(
    {EntryKind.CALL_ARRIVED, EntryKind.QUEUED, EntryKind.CASE_CREATED, EntryKind.MESSAGE_LEFT, EntryKind.FLOW_FAILED}
)
"""Entries after which the call's record is written anew at once; the others show with its next change or its end."""


@dataclass(frozen=True, slots=True)
class Fact:
    """An entry with its caller already turned into kind and token (identity_store), as the main database may see it."""

    entry: JournalEntry
    caller: Mapping[str, str]

    def stored_data(self) -> dict[str, Any]:
        """Return the data without number, PIN hash or keyed PIN."""
        data = {name: value for name, value in self.entry.data.items() if name not in _NOT_STORED}
        if "pin" in str(data.get("node", "")).lower() and data.get("keys"):
            data["keys"] = "*" * len(str(data["keys"]))
        return data | dict(self.caller)

    def step_values(self) -> dict[str, Any]:
        """Return the row of `call_steps`."""
        entry = self.entry
        return {
            "linkedid": entry.linkedid,
            "step": entry.step,
            "kind": entry.kind.value,
            "at": entry.at,
            "node": entry.node,
            "data": self.stored_data(),
        }


async def apply_fact(connection: AsyncConnection, fact: Fact, rules: IntakeRules) -> list[Event]:
    """Store one fact and what follows from it; a replay does nothing. Return the events to publish after the commit."""
    entry = fact.entry
    if entry.kind is EntryKind.SESSION:  # the engine's state is for resuming from the journal only
        return []
    values = fact.step_values()
    if not await insert_or_ignore(connection, call_steps, values) and not await _store_beside(connection, values):
        return []
    return await apply_effects(connection, entry, rules)


async def apply_effects(connection: AsyncConnection, entry: JournalEntry, rules: IntakeRules) -> list[Event]:
    """Do what follows from an entry whose step is new, or raise an alarm. Return the events to publish."""
    if entry.kind not in WITH_EFFECTS:
        return []
    try:
        async with connection.begin_nested():
            return await _effects(connection, entry, rules)
    except (ValueError, KeyError, TypeError, LookupError, IntegrityError) as error:
        _LOG.error("journal entry %s step %d (%s) not applied: %s", entry.linkedid, entry.step, entry.kind, error)
        await raise_alarm(
            connection,
            alarm_id(AlarmKind.JOURNAL, f"{entry.linkedid}:{entry.step}"),
            level="critical",
            text=f"A fact of call {entry.linkedid} ({entry.kind.value}) could not be stored: {type(error).__name__}",
            mend="Look at the call's journal entry and enter the case by hand, then report the fault.",
            now=entry.at,
        )
        return []


async def _store_beside(connection: AsyncConnection, values: dict[str, Any]) -> bool:
    """Store a fact whose number another one has; False when it is that very fact (a replay).

    Two servers that serve one call in turn may count on from the same step: neither fact may be lost.
    """
    of_call = call_steps.c.linkedid == values["linkedid"]
    same = [call_steps.c[name] == values[name] for name in ("kind", "at", "node")]
    if (await connection.execute(select(call_steps.c.step).where(of_call, *same))).first() is not None:
        return False
    last = (await connection.execute(select(func.max(call_steps.c.step)).where(of_call))).scalar_one()
    return bool(await insert_or_ignore(connection, call_steps, values | {"step": last + 1}))


def source_of(entry: JournalEntry) -> str:
    """Return the idempotency key of what an entry leaves on a case's timeline."""
    return f"call:{entry.linkedid}:{entry.node}.{entry.step}"


async def _effects(connection: AsyncConnection, entry: JournalEntry, rules: IntakeRules) -> list[Event]:
    match entry.kind:
        case EntryKind.CALL_ARRIVED:
            await _add_call_recording(connection, entry)
        case EntryKind.CASE_CREATED:
            return await _create_case(connection, entry, rules)
        case EntryKind.MESSAGE_LEFT:
            return await _add_message(connection, entry)
        case EntryKind.STATUS_ASKED if entry.data.get("found"):
            await _add_line(connection, entry, "call", {"what": "status_asked", "linkedid": entry.linkedid})
        case EntryKind.ORDER_ANSWERED:
            await order_repository.end_attempt(
                connection,
                str(entry.data["order"]),
                int(entry.data["attempt"]),
                outcome=str(entry.data["outcome"]),
                now=entry.at,
                keys=str(entry.data.get("keys", "")),
            )
        case EntryKind.CALLBACK_ASKED:
            await callback_repository.take_up(connection, entry.linkedid)
        case EntryKind.NOTICE_CHANGED:
            active = bool(entry.data.get("active"))
            await audit_repository.append(
                connection,
                at=entry.at,
                actor=str(entry.data.get("by") or "telephone"),
                action="notice_on" if active else "notice_off",
                target=entry.linkedid,
                data={"by": "telephone"},
            )
            return [Event(EventType.NOTICE_CHANGED, entry.at, {"active": active})]
        case _:
            pass  # a step on the call's path and nothing more
    return []


async def _add_call_recording(connection: AsyncConnection, entry: JournalEntry) -> None:
    recording = call_recording_of(entry)
    if recording is not None:
        await recording_repository.add(connection, recording)


def call_recording_of(entry: JournalEntry) -> Recording | None:
    """Return the recording that a call's arrival names."""
    if entry.linkedid.startswith(TEST_CALL):
        return None
    stem = PurePosixPath(str(entry.data.get("recording") or "")).name.removesuffix(".wav")
    return recording_repository.of_channel(stem, entry.linkedid, entry.at) if stem else None


def intake_of(rules: IntakeRules, service_code: str | None, entry_at: Any) -> Intake:  # noqa: ANN401
    """Return the body and deadline of a new case; the defaults when the town's rules fail."""
    try:
        return rules.intake(service_code, entry_at)
    except (ValueError, LookupError) as error:
        _LOG.error("no responsible body or deadline for %s, using defaults: %s", service_code, error)
        return Intake(DEFAULT_ORGANISATION, entry_at + timedelta(hours=DEFAULT_HOURS))


def new_case_of(entry: JournalEntry, rules: IntakeRules) -> NewCase:
    """Return the case that the menu opened. Raises ValueError, KeyError, TypeError for an entry that makes none."""
    data = entry.data
    number = CaseNumber.parse(str(data["case"]))
    service = str(data["service_code"]) if data.get("service_code") else None
    taken = intake_of(rules, service, entry.at)
    return NewCase(
        number=number,
        pin_hash=str(data["pin_hash"]),
        kind=CaseKind(data.get("kind") or CaseKind.REQUEST),
        channel=CaseChannel(data.get("channel") or CaseChannel.PHONE),
        owner=taken.organisation,
        organisation=taken.organisation,
        created_by=CREATED_BY,
        created_at=entry.at,
        due_at=taken.due_at,
        service_code=service,
        description=str(data.get("description") or ""),
        language=str(data.get("language") or "sr"),
        linkedid=entry.linkedid,
    )


async def _create_case(connection: AsyncConnection, entry: JournalEntry, rules: IntakeRules) -> list[Event]:
    new = new_case_of(entry, rules)
    if not await case_repository.create(connection, new, source=source_of(entry)):
        return []
    events = [case_created(entry, new.number)]
    if entry.data.get("audio"):
        events += await _add_message(connection, entry)
    return events


async def _add_message(connection: AsyncConnection, entry: JournalEntry) -> list[Event]:
    """Store the message's recording and, when its case is stored already, the line on the case's timeline."""
    path = PurePosixPath(str(entry.data["audio"]))
    if path.is_absolute() or ".." in path.parts:
        raise ValueError("the audio's path is not below the recordings folder")
    seconds = entry.data.get("seconds")
    recording = Recording(
        id=path.stem[:64],
        linkedid=entry.linkedid,
        path=str(path),
        kind="message",
        started_at=entry.at,
        state="complete",
        seconds=None if seconds is None else float(seconds),
    )
    new = await recording_repository.add(connection, recording)
    if not new and seconds is not None:
        await recording_repository.set_length(connection, recording.id, float(seconds))
    if entry.data.get("case"):
        number = CaseNumber.parse(str(entry.data["case"]))
        if await case_repository.get(connection, number) is not None:
            told = {"recording": recording.id, "linkedid": entry.linkedid}
            await case_repository.add_event(
                connection,
                number,
                at=entry.at,
                kind="message",
                actor=CREATED_BY,
                data=told,
                source=f"message:{recording.id}",
            )
    if not new:
        return []
    told_live = {"linkedid": entry.linkedid, "recording": recording.id, "seconds": seconds}
    return [Event(EventType.CALL_RECORDED, entry.at, told_live)]


async def _add_line(connection: AsyncConnection, entry: JournalEntry, kind: str, data: dict[str, Any]) -> None:
    number = CaseNumber.parse(str(entry.data["case"]))
    if await case_repository.get(connection, number) is not None:
        await case_repository.add_event(
            connection, number, at=entry.at, kind=kind, actor=CREATED_BY, data=data, source=source_of(entry)
        )


def case_created(entry: JournalEntry, number: CaseNumber) -> Event:
    """Return what the board is told of a new case."""
    return Event(EventType.CASE_CHANGED, entry.at, {"case": number.digits, "status": "received", "event": "created"})
