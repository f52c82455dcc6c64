"""One call's part of the journal, as a route sees it: numbered steps, and where an earlier server stopped.

Owns the step numbers and the reading of what was journalled before; must not know channels or flows' meaning.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from calls.ids import LinkedId
from calls.journal_entries import EntryKind, JournalEntry
from calls.ports import Clock, JournalWriter
from ivr.session import Session
from ivr.turn import Fact

_log = logging.getLogger(__name__)
_REMEMBERED_CALLS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Left:
    """Where a route stood when its server died. `facts`: what was journalled after the session."""

    session: Session
    facts: tuple[Fact, ...]
    cases: frozenset[str] = frozenset()
    """Digits of every case that this call has made."""

    def last(self, kind: EntryKind) -> Mapping[str, Any] | None:
        """Return the data of the last fact of this kind after the session, if any."""
        return next((data for found, data in reversed(self.facts) if found is kind), None)


class StepCounter:
    """The next step of the calls that this process has served: a number is given once per call."""

    def __init__(self) -> None:
        self._next: OrderedDict[LinkedId, int] = OrderedDict()

    def take(self, linkedid: LinkedId) -> int:
        """Return the call's next step, from 1 on."""
        step = self._next.pop(linkedid, 1)
        self._next[linkedid] = step + 1
        if len(self._next) > _REMEMBERED_CALLS:
            self._next.popitem(last=False)
        return step

    def at_least(self, linkedid: LinkedId, step: int) -> None:
        """Make sure that steps up to `step` are not given again."""
        self._next[linkedid] = max(self._next.get(linkedid, 1), step + 1)


class CallJournal:
    """Journal of one call on behalf of one route."""

    def __init__(
        self, journal: JournalWriter, steps: StepCounter, clock: Clock, node: int, linkedid: LinkedId, route: str
    ) -> None:
        self._journal = journal
        self._steps = steps
        self._clock = clock
        self._node = node
        self._linkedid = linkedid
        self._route = route

    async def earlier(self) -> Sequence[JournalEntry]:
        """Return what any server journalled of this call, and count on from there. A broken disk reads as nothing."""
        try:
            entries = await asyncio.to_thread(self._journal.entries_of, self._linkedid)
        except OSError as error:
            _log.error("%s: the journal cannot be read, steps may repeat: %s", self._linkedid, error)
            return ()
        if entries:
            self._steps.at_least(self._linkedid, entries[-1].step)
        return entries

    def left_at(self, entries: Sequence[JournalEntry]) -> Left | None:
        """Return where this route stood, or None when it had not yet asked anything."""
        for index in range(len(entries) - 1, -1, -1):
            entry = entries[index]
            if entry.kind is EntryKind.SESSION and entry.data.get("route") == self._route:
                try:
                    session = Session.from_json(entry.data["session"])
                except (ValueError, KeyError) as error:
                    _log.error("%s: unreadable session at step %d: %s", self._linkedid, entry.step, error)
                    return None
                cases = frozenset(str(made.data.get("case")) for made in entries if made.kind is EntryKind.CASE_CREATED)
                return Left(session, tuple((later.kind, later.data) for later in entries[index + 1 :]), cases)
        return None

    async def write(self, facts: Sequence[Fact], session: Session | None = None) -> None:
        """Return when the facts, and the session to go on from, are on the disk. Raises OSError when they are not."""
        if session is not None:
            facts = (*facts, (EntryKind.SESSION, {"route": self._route, "session": session.to_json()}))
        if not facts:
            return
        now = self._clock()
        await self._journal.append(
            *(
                JournalEntry(self._linkedid, self._steps.take(self._linkedid), kind, now, self._node, data)
                for kind, data in facts
            )
        )

    async def note(self, facts: Sequence[Fact], session: Session | None = None) -> None:
        """Write, but go on when no disk takes it: a caller is served all the same. CEL still has the call."""
        try:
            await self.write(facts, session)
        except OSError as error:
            _log.critical("%s: not journalled: %s", self._linkedid, error)
