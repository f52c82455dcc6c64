"""Journal → SQL. Owns the order: identity first, then facts and position in one transaction; live events beside it.

A database outage costs nothing: the position stays, the journal keeps the facts, the backlog is measured. Must not
know what a fact means (journal_facts) or how the journal looks on the disk (its reader is given).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from calls.caller import Caller, CallerKind
from calls.channel_variables import AgiRoute
from calls.events import Event, EventType
from calls.ids import CaseNumber, LinkedId, is_test_call
from calls.journal_entries import EntryKind, JournalEntry
from calls.ports import Clock
from cases.intake import IntakeRules
from storage.call_assembly import assemble_many
from storage.database import Database
from storage.identity_store import IdentityStore, Reporter
from storage.journal_batch import NotAllNewError, apply_new, apply_one_by_one
from storage.journal_facts import SHOWN_AT_ONCE, Fact
from storage.read_positions import positions, store_position
from storage.tables import calls

_LOG: Final = logging.getLogger(__name__)
Publish = Callable[[Event], Awaitable[None]]
SOURCE_PREFIX: Final = "journal:"
Apply = Callable[[AsyncConnection, Sequence[Fact], IntakeRules], Awaitable[list[Event]]]
_KNOWN: Final = select(calls.c.linkedid, calls.c.ended_at, calls.c.caller_kind).where(
    calls.c.linkedid.in_(bindparam("ids", expanding=True))
)


class JournalReading(Protocol):
    """What the relay needs of the journal (storage/journal_reader.py)."""

    def segments(self) -> list[Path]:
        """Return every segment, oldest first within its node."""
        ...

    def read(self, segment: Path, offset: int, limit: int) -> tuple[Sequence[JournalEntry], int]:
        """Return entries from `offset` on and the next offset."""
        ...


class Relay:
    """Moves the journal of every node here into the database; run `step` by `storage.tailing.run_tail`."""

    def __init__(
        self,
        journal: JournalReading,
        database: Database,
        identity: IdentityStore,
        rules: IntakeRules,
        publish: Publish,
        clock: Clock,
        batch: int = 1000,
    ) -> None:
        """`publish`: EventBus.publish; `batch`: entries per transaction."""
        self._journal = journal
        self._database = database
        self._identity = identity
        self._rules = rules
        self._publish = publish
        self._clock = clock
        self._batch = batch
        self._positions: dict[str, int] | None = None
        self._announced: dict[str, int] = {}
        self._announcing = False
        self.backlog_bytes = 0
        self.taken = 0
        """Entries that the last step stored."""

    async def step(self) -> bool:
        """Store the next entries; True when there may be more. Raises OSError (DatabaseDown) and keeps its place."""
        known = await self._known_positions()
        found = await asyncio.to_thread(self._next_entries, known)
        if found is None:
            self.backlog_bytes = self.taken = 0
            return False
        source, segment, entries, position = found
        facts = await self._facts(entries)
        try:
            events = await self._store(facts, source, position, apply_new)
        except NotAllNewError:
            events = await self._store(facts, source, position, apply_one_by_one)
        known[source] = position
        self.taken = len(entries)
        self.backlog_bytes = await asyncio.to_thread(self._unread_bytes, known)
        for event in events:
            await self._publish(event)
        _LOG.debug("relay: %d entries of %s", len(entries), segment.name)
        return True

    async def _store(self, facts: Sequence[Fact], source: str, position: int, apply: Apply) -> list[Event]:
        """Facts, the calls' records and the position in one transaction; return what to publish."""
        async with self._database.begin() as connection:
            events = await apply(connection, facts, self._rules)
            wanted = await self._calls_to_write(connection, [fact.entry for fact in facts])
            for assembled in await assemble_many(connection, wanted, legs=False):
                events += assembled.events(self._clock())
            await store_position(connection, source, position)
        return events

    async def _calls_to_write(self, connection: AsyncConnection, entries: Sequence[JournalEntry]) -> list[LinkedId]:
        """Return the calls whose record changes now: what shows at once, and facts that came after the call's end."""
        wanted = {entry.linkedid for entry in entries if entry.kind in SHOWN_AT_ONCE and not _is_arrival(entry)}
        others = {entry.linkedid for entry in entries} - wanted
        if others:
            known = {row[0]: row for row in (await connection.execute(_KNOWN, {"ids": list(others)})).all()}
            arrived = {entry.linkedid for entry in entries if _is_arrival(entry)}
            for linkedid in others:
                _, ended, caller = known.get(linkedid, (linkedid, None, None))
                # CEL has told already who called, mostly: then an arrival adds nothing that shows.
                if ended is not None or (linkedid in arrived and caller is None):
                    wanted.add(linkedid)
        return sorted(wanted)

    async def catch_up(self) -> None:
        """Move all there is now."""
        while await self.step():
            pass

    def _next_entries(self, known: dict[str, int]) -> tuple[str, Path, Sequence[JournalEntry], int] | None:
        for segment in self._journal.segments():
            source = _source(segment)
            offset = known.get(source, 0)
            if segment.stat().st_size <= offset:
                continue
            entries, position = self._journal.read(segment, offset, self._batch)
            if position > offset:
                return source, segment, entries, position
        return None

    def _unread_bytes(self, known: dict[str, int]) -> int:
        return sum(
            max(segment.stat().st_size - known.get(_source(segment), 0), 0) for segment in self._journal.segments()
        )

    async def _known_positions(self) -> dict[str, int]:
        if self._positions is None:
            async with self._database.read() as connection:
                self._positions = await positions(connection, SOURCE_PREFIX)
        return self._positions

    async def announce_step(self) -> bool:
        """Publish what the live board needs of entries journalled since the last time; a pop never waits for SQL.

        Run it by its own `run_tail`. Begins where the database stands; when that is down at start, with what comes
        from now on.
        """
        if not self._announcing:
            try:
                self._announced = dict(await self._known_positions())
            except OSError:
                self._announced = await asyncio.to_thread(self._ends)
            self._announcing = True
        entries = await asyncio.to_thread(self._unannounced)
        for entry in entries:
            event = live_event_of(entry)
            if event is not None:
                await self._publish(event)
        return False

    def _ends(self) -> dict[str, int]:
        return {_source(segment): segment.stat().st_size for segment in self._journal.segments()}

    def _unannounced(self) -> list[JournalEntry]:
        fresh: list[JournalEntry] = []
        for segment in self._journal.segments():
            source = _source(segment)
            offset = self._announced.get(source, 0)
            if segment.stat().st_size > offset:
                entries, self._announced[source] = self._journal.read(segment, offset, self._batch)
                fresh += entries
        return fresh

    async def _facts(self, entries: Sequence[JournalEntry]) -> list[Fact]:
        """Bring who called and who reported to the identity store; return the facts as the main database sees them."""
        facts: list[Fact] = []
        numbers: set[str] = set()
        reporters: list[tuple[CaseNumber, Reporter]] = []
        for entry in entries:
            presented = entry.data.get("caller")
            if not isinstance(presented, str):
                facts.append(Fact(entry, {}))
                continue
            caller = Caller.parse(presented)
            known = {"caller_kind": caller.kind.value}
            if caller.kind is CallerKind.NUMBER:
                numbers.add(caller.number)
                known["caller_token"] = self._identity.token_of(caller.number)
                case = _case_of(entry)
                if case is not None:
                    reporters.append((case, Reporter(name="", contact="", tell_by="phone", number=caller.number)))
            facts.append(Fact(entry, known))
        await self._identity.remember(numbers, reporters)
        return facts


def _case_of(entry: JournalEntry) -> CaseNumber | None:
    if entry.kind is not EntryKind.CASE_CREATED:
        return None
    try:
        return CaseNumber.parse(str(entry.data.get("case")))
    except ValueError:
        return None  # journal_facts raises the alarm for it


def _is_arrival(entry: JournalEntry) -> bool:
    """Tell whether it is the arrival of a citizen's call; those of staff say what kind of call it is."""
    return entry.kind is EntryKind.CALL_ARRIVED and entry.data.get("route", AgiRoute.INBOUND) == AgiRoute.INBOUND


def _source(segment: Path) -> str:
    # Folder (spool), node, segment: the same wherever the checkout is moved to.
    return SOURCE_PREFIX + "/".join(segment.parts[-3:])


def live_event_of(entry: JournalEntry) -> Event | None:
    """Return what the board is told of an entry at once, without SQL; None for what it does not show."""
    if is_test_call(entry.linkedid):
        return None
    told: dict[str, object] = {"linkedid": entry.linkedid}
    match entry.kind:
        case EntryKind.CALL_ARRIVED:
            return Event(EventType.CALL_ARRIVED, entry.at, told | {"did": entry.data.get("did")})
        case EntryKind.MENU_STEP | EntryKind.LANGUAGE_CHOSEN:
            node = str(entry.data.get("node") or "")  # a language that was chosen is no step of its own
            keys = "" if "pin" in node.lower() else entry.data.get("keys", "")
            return Event(
                EventType.CALL_MENU,
                entry.at,
                told | {"node": node, "keys": keys, "language": entry.data.get("language")},
            )
        case _:
            return None
