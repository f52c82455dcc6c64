"""Stores many facts at once. Owns the quick way: all steps, all arrivals, all new cases with one statement each.

The quick way is open only when every one of these facts is new; otherwise (a replay, two servers that counted from
the same step, a fact that cannot be stored) the
transaction is undone and each fact goes its own way (journal_facts).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from calls.events import Event
from calls.journal_entries import EntryKind, JournalEntry
from cases.case import NewCase
from cases.intake import IntakeRules
from storage import case_repository, recording_repository
from storage.journal_facts import (
    WITH_EFFECTS,
    Fact,
    apply_effects,
    apply_fact,
    call_recording_of,
    case_created,
    new_case_of,
    source_of,
)
from storage.tables import call_steps
from storage.upsert import insert_or_ignore

_NO_CASE: Final = (ValueError, KeyError, TypeError, LookupError)


class NotAllNewError(Exception):
    """The quick way is not open: roll the transaction back and take the facts one by one."""


async def apply_one_by_one(connection: AsyncConnection, facts: Sequence[Fact], rules: IntakeRules) -> list[Event]:
    """Store facts and what follows from them; a replay does nothing. Return the events to publish after the commit."""
    return [event for fact in facts for event in await apply_fact(connection, fact, rules)]


async def apply_new(connection: AsyncConnection, facts: Sequence[Fact], rules: IntakeRules) -> list[Event]:
    """Store facts that are new, and what follows from them. Return the events to publish after the commit.

    Raises NotAllNewError when one is not new or cannot be stored: the transaction holds half of them then.
    """
    facts = [fact for fact in facts if fact.entry.kind is not EntryKind.SESSION]  # for resuming from the journal only
    if not facts:
        return []
    cases, later = _sorted_out([fact.entry for fact in facts], rules)
    arrivals = [fact.entry for fact in facts if fact.entry.kind is EntryKind.CALL_ARRIVED]
    sounds = [sound for sound in map(call_recording_of, arrivals) if sound is not None]
    steps = [fact.step_values() for fact in facts]
    try:
        if await insert_or_ignore(connection, call_steps, steps) != len(steps):
            raise NotAllNewError
        if not await case_repository.create_many(connection, [(new, source_of(entry)) for entry, new in cases]):
            raise NotAllNewError
        await recording_repository.add_many(connection, sounds)
    except IntegrityError as error:
        raise NotAllNewError from error
    events = [case_created(entry, new.number) for entry, new in cases]
    for entry in later:
        events += await apply_effects(connection, entry, rules)
    return events


def _sorted_out(
    entries: Sequence[JournalEntry], rules: IntakeRules
) -> tuple[list[tuple[JournalEntry, NewCase]], list[JournalEntry]]:
    """Return the new cases that nothing but their row and first line follows from, and what must go its own way."""
    cases: list[tuple[JournalEntry, NewCase]] = []
    later: list[JournalEntry] = []
    for entry in entries:
        if entry.kind is EntryKind.CASE_CREATED and not entry.data.get("audio"):
            try:
                cases.append((entry, new_case_of(entry, rules)))
            except _NO_CASE:
                later.append(entry)  # raises its alarm there
        elif entry.kind in WITH_EFFECTS and entry.kind is not EntryKind.CALL_ARRIVED:
            later.append(entry)
    return cases, later
