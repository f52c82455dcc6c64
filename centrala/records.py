"""Record keeping in the console process: journal, CEL, spools and recordings become rows; comparison and sweep.

Owns when each reader runs and that two of them never run at once; what a fact means belongs to `storage`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from ami.conversation_news import PhoneHold, PhoneTransfer
from calls.events import Event
from calls.ports import Clock, EventBus, PbxSnapshot
from recordings.keeper import RecordingKeeper
from recordings.naming import SEALED, channel_of_side, incoming_path
from storage.call_assembly import assemble
from storage.cel_reader import CelReader
from storage.database import Database
from storage.left_messages import LeftMessages
from storage.pace import Pace
from storage.reconcile import reconcile
from storage.relay import Relay
from storage.segment_repository import note_phone_hold
from storage.spool_import import SpoolImport
from storage.steps_on_cases import note_phone_transfer
from storage.sweeper import sweep
from storage.tailing import run_tail

log = logging.getLogger(__name__)
BACKLOG_BYTES = 64 * 1024
"""Unread facts from which on the readers do not wait for the next turn."""
SPOOL_EVERY = 2.0
KEEP_EVERY = 1.0
SWEEP_EVERY = 60.0
LONGEST_CALL = timedelta(hours=6)
FINISHED_AFTER = timedelta(minutes=5)
"""A message that is being spoken has no row yet: it is no lost recording."""


@dataclass(frozen=True, slots=True)
class Records:
    """The readers and keepers of one installation."""

    relay: Relay
    cel: CelReader
    left: LeftMessages
    spools: SpoolImport
    keeper: RecordingKeeper
    database: Database
    bus: EventBus
    clock: Clock
    recordings: Path
    complete: Callable[[str, datetime], None]
    _relay_turn: asyncio.Lock
    _cel_turn: asyncio.Lock
    _relay_pace: Pace
    _cel_pace: Pace

    @classmethod
    def of(
        cls,
        *,
        relay: Relay,
        cel: CelReader,
        left: LeftMessages,
        spools: SpoolImport,
        keeper: RecordingKeeper,
        database: Database,
        bus: EventBus,
        clock: Clock,
        recordings: Path,
        complete: Callable[[str, datetime], None],
    ) -> Records:
        """Put the parts together. `complete` is told until when `journal` or `events` is in the database."""
        turns = asyncio.Lock(), asyncio.Lock()
        paces = Pace(), Pace()
        return cls(relay, cel, left, spools, keeper, database, bus, clock, recordings, complete, *turns, *paces)

    async def run(self) -> None:
        """Keep records for the life of the process."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(run_tail("journal to the live board", self.relay.announce_step, interval=0.02))
            tasks.create_task(run_tail("journal to the database", self._relay_step, interval=self._relay_pace.wait))
            tasks.create_task(run_tail("call event log to the database", self._cel_step, interval=self._cel_pace.wait))
            tasks.create_task(run_tail("spools to cases", self._spool_step, interval=SPOOL_EVERY))
            tasks.create_task(run_tail("recordings", self._every(self.keeper.step), interval=KEEP_EVERY))
            tasks.create_task(run_tail("sweep", self._sweep, interval=SWEEP_EVERY))

    async def compare(self, snapshot: PbxSnapshot, booted_at: datetime | None) -> None:
        """Take up what journal and CEL still hold, then mend the difference to the PBX. Raises DatabaseDown."""
        async with self._relay_turn:
            await self.relay.catch_up()
        async with self._cel_turn:
            await self.cel.catch_up()
        found = await reconcile(self.database, snapshot, booted_at=booted_at)
        if found.lost:
            log.warning("%d calls ended without a trace of their end: %s", len(found.lost), ", ".join(found.lost[:5]))
        await self._publish(found.events)

    async def note_hold(self, hold: PhoneHold, at: datetime) -> None:
        """Record that a telephone held its line or took it back. Raises DatabaseDown."""
        async with self._cel_turn:
            await self.cel.catch_up()
            async with self.database.begin() as connection:
                await note_phone_hold(
                    connection,
                    linkedid=hold.linkedid,
                    uniqueid=hold.uniqueid,
                    channel=hold.channel,
                    held=hold.held,
                    at=at,
                )
                await assemble(connection, hold.linkedid)

    async def note_transfer(self, sent: PhoneTransfer, at: datetime) -> None:
        """Record that a telephone sent its caller on by its own keys. Raises DatabaseDown."""
        async with self.database.begin() as connection:
            await note_phone_transfer(connection, sent.linkedid, sent.by, sent.target, at)

    async def _relay_step(self) -> bool:
        async with self._relay_turn:
            asked = self.clock()
            more = await self.relay.step() and self.relay.backlog_bytes > BACKLOG_BYTES
        if not more:
            self.complete("journal", asked)
        self._relay_pace.took(self.relay.taken, time.monotonic(), more=more)
        return more

    async def _cel_step(self) -> bool:
        async with self._cel_turn:
            asked = self.clock()
            more = await self.cel.step() and self.cel.backlog_bytes > BACKLOG_BYTES
        if not more:
            self.complete("events", asked)
        self._cel_pace.took(self.cel.taken, time.monotonic(), more=more)
        return more

    async def _spool_step(self) -> bool:
        # What the journal still holds may be the very case that a sound is looking for.
        if not self.relay.backlog_bytes:
            await self._publish(await self.left.step())
        await self._publish(await self.spools.step())
        return False

    def _every(self, step: Callable[[], Awaitable[Sequence[Event]]]) -> Callable[[], Awaitable[bool]]:
        async def once() -> bool:
            await self._publish(await step())
            return False

        return once

    async def _sweep(self) -> bool:
        paths = await asyncio.to_thread(_finished_audio, self.recordings, self.clock() - FINISHED_AFTER)
        found = await sweep(self.database, self.clock(), paths)
        if found.raised:
            log.warning("alarms raised: %s", ", ".join(found.raised))
        return False

    async def _publish(self, events: Sequence[Event]) -> None:
        for event in events:
            await self.bus.publish(event)


def _finished_audio(folder: Path, before: datetime) -> Sequence[str]:
    """Return sound files that nothing was written to since `before`, as rows name them.

    A side in `incoming` counts when it is older than any call. A plain file beside its sealed one is that one.
    """
    found: set[str] = set()
    with contextlib.suppress(OSError):
        for path in (*folder.rglob("*.wav"), *folder.rglob(f"*{SEALED}")):
            try:
                written = path.stat().st_mtime
            except FileNotFoundError:  # it was sealed meanwhile
                continue
            incoming = path.parent.name == "incoming"
            if written >= (before - LONGEST_CALL if incoming else before).timestamp():
                continue
            if incoming:
                found.add(str(incoming_path(channel_of_side(path.name))))
            elif path.suffix == SEALED or not path.with_suffix(SEALED).exists():
                found.add(str(path.relative_to(folder)))
    return sorted(found)
