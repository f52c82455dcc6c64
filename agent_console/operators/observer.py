"""Brings the roster what happens: phones, consoles, the clock. Owns which channels of a phone are in conversations.

A conversation is over for an operator when the last channel of their phone is gone, however it began: from the queue,
a transfer, a callback, or a caller given back after a lost browser.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Final

from agent_console.call_board import CallBoard
from agent_console.live import LiveHub
from agent_console.operators.catching_up import catch_up
from agent_console.operators.desk import State
from agent_console.operators.roster import Roster
from agent_console.operators.states import Signal
from calls.events import Event, EventType
from calls.phones import extension_of_channel
from calls.ports import CallControlError, Clock, PbxSnapshot
from storage import work_repository
from storage.database import Database, DatabaseDown

_LOG = logging.getLogger(__name__)
TICK: Final = 0.25
"""Seconds between looks at the clock and the consoles."""
GRACE: Final = timedelta(seconds=3)
"""How long a console may be gone before its operator is out: a reload takes less."""
GRACE_AT_START: Final = timedelta(seconds=20)
"""After a restart of this process consoles need time to come back; the longest of their waits is 12 s."""
PATIENCE: Final = 10.0
"""Seconds for which the present waits for the past: longer, and operators could not pause."""
_SETTLED: Final = timedelta(seconds=2)
"""A desk that changed so recently is newer than a picture that was asked for."""
_SIGNALS: Final = {
    EventType.CALL_RINGING: Signal.RING,
    EventType.CALL_ANSWERED: Signal.ANSWER,
    EventType.CALL_MISSED_BY: Signal.MISS,
    EventType.OPERATOR_TALKS: Signal.ANSWER,
    EventType.OPERATOR_HUNG_UP: Signal.END,
    EventType.CALL_ENDED: Signal.END,
    EventType.CALL_RETURNED: Signal.END,
    EventType.CALL_TRANSFERRED: Signal.PUT_THROUGH,
}


class Observer:
    """Run `run()` in a task of the application."""

    def __init__(self, roster: Roster, hub: LiveHub, database: Database, clock: Clock, not_again: timedelta) -> None:
        self._roster = roster
        self._hub = hub
        self._database = database
        self._board: CallBoard = hub.board
        self._clock = clock
        self._not_again = not_again
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._channels: defaultdict[str, dict[str, str]] = defaultdict(dict)
        self._absent: dict[str, datetime] = {}
        self._looking = asyncio.Lock()
        self._past_known = asyncio.Event()
        self._past_known.set()
        self._started = clock()
        hub.watch(self.take)

    def take(self, event: Event) -> None:
        """Remember an event for the next step; never waits."""
        if event.type in _SIGNALS:
            self._events.put_nowait(event)

    def past_unknown(self) -> None:
        """Let what happens now wait until `catch_up` has told what happened before, at most PATIENCE."""
        self._past_known.clear()

    async def catch_up(self) -> None:
        """Take in what telephones did while nobody listened; the records are read to their end. Raises DatabaseDown."""
        await catch_up(self._roster, self._database, self._clock())
        self._past_known.set()
        await self._roster.ledger.save()

    async def run(self) -> None:
        """Work until cancelled; what was taken in by then is stored."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._store(), name="rows of operators' activity")
                await self._take_in()
        finally:
            await self._roster.ledger.save()

    async def _store(self) -> None:
        """Store beside what happens; while the database is down, again and again."""
        ledger = self._roster.ledger
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TICK):
                    await ledger.to_save.wait()
            ledger.to_save.clear()
            if not await ledger.save():
                await asyncio.sleep(TICK)

    async def _take_in(self) -> None:
        loop = asyncio.get_running_loop()
        next_look = loop.time()
        while True:
            await self._wait_for_past()
            if loop.time() >= next_look:
                await self.look()
                next_look = loop.time() + TICK
            try:
                async with asyncio.timeout_at(next_look):
                    event = await self._events.get()
            except TimeoutError:
                continue
            await self._wait_for_past()
            await self._fact(event)
            self._events.task_done()

    async def _wait_for_past(self) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                await self._past_known.wait()
        except TimeoutError:
            _LOG.warning("what telephones did before is not known yet: what happens now is taken in all the same")
            self._past_known.set()

    async def settle(self) -> None:
        """Return when everything that is known by now has been taken in; `run` does it."""
        await self._events.join()
        await self.look()
        await self._roster.ledger.save()

    async def _fact(self, event: Event) -> None:
        linkedid, extension = str(event.data.get("linkedid", "")), str(event.data.get("operator", ""))
        queue, signal = str(event.data.get("queue", "")), _SIGNALS[event.type]
        call = self._board.calls.get(linkedid)
        if event.type is EventType.CALL_ENDED:
            for desk in self._roster.desks():
                if desk.linkedid == linkedid and desk.state in (State.RINGING, State.TALKING):
                    self._channels[desk.extension].clear()
                    await self._roster.tell(desk.extension, Signal.END, event.at)
            return
        if event.type in (EventType.CALL_RETURNED, EventType.CALL_TRANSFERRED):
            extension = self._told_by_a_transfer(event)
        channels = self._channels[extension]
        if event.type is EventType.OPERATOR_TALKS:
            channels[str(event.data.get("channel", ""))] = linkedid
        elif event.type is EventType.OPERATOR_HUNG_UP:
            channels.pop(str(event.data.get("channel", "")), None)
            if channels:
                return
        outside = event.type is EventType.CALL_ANSWERED or (call is not None and call.queued_at is not None)
        queue = queue or (call.queue if call is not None else "")
        await self._roster.tell(extension, signal, event.at, linkedid=linkedid, queue=queue, outside=outside)
        if signal is Signal.MISS:
            await self._ask_last(extension)

    def _told_by_a_transfer(self, event: Event) -> str:
        """Return the extension at which a transfer has come to nothing while it rang, or has brought the caller."""
        target = str(event.data.get("target") or event.data.get("to", ""))
        desk = self._roster.desk(target.removeprefix("operator-"))
        if desk is None:
            return ""
        rings = desk.state is State.RINGING and desk.linkedid == event.data.get("linkedid")
        brought = event.type is EventType.CALL_TRANSFERRED and event.data.get("how") == "attended"
        return desk.extension if brought or (rings and event.type is EventType.CALL_RETURNED) else ""

    async def _ask_last(self, extension: str) -> None:
        desk = self._roster.desk(extension)
        if desk is None:
            return
        try:
            await self._roster.members.ask_last(desk, self._clock(), self._not_again)
        except CallControlError as error:
            _LOG.warning("operator %s may be asked again at once: %s", extension, error)

    async def look(self) -> None:
        """See which consoles are there, and what has run out."""
        async with self._looking:
            await self._look(self._clock(), self._hub.tabs())

    async def _look(self, now: datetime, tabs: frozenset[str]) -> None:
        for desk in self._roster.desks():
            if desk.at_console and desk.state is not State.OFFLINE:
                await self._presence(desk.extension, desk.extension in tabs, now)
            await self._roster.pass_time(desk.extension, now)
            try:
                await self._roster.members.forgive(desk, now)
            except CallControlError as error:
                _LOG.warning("operator %s is still asked last: %s", desk.extension, error)

    async def _presence(self, extension: str, present: bool, now: datetime) -> None:
        desk = self._roster.desk(extension)
        if desk is None:
            return
        if present:
            self._absent.pop(extension, None)
            if desk.away is not None:
                await self._roster.tell(extension, Signal.BACK, now)
            return
        since = self._absent.setdefault(extension, now)
        if desk.away is None and now - since >= GRACE and now - self._started >= GRACE_AT_START:
            await self._roster.tell(extension, Signal.LOST, now)

    async def _ended_at(self, linkedid: str, extension: str) -> datetime | None:
        """Return when the operator's part of a call ended by the record, if it is known."""
        try:
            async with self._database.read() as connection:
                return await work_repository.leg_ended_at(connection, linkedid, extension)
        except DatabaseDown:
            return None

    async def agree(self, snapshot: PbxSnapshot) -> None:
        """Make calls and members agree with what the PBX says: conversations that are over, members that are not there.

        Call it after each comparison; `restore` comes before it when the PBX was away.
        """
        talking: defaultdict[str, dict[str, str]] = defaultdict(dict)
        ringing: set[str] = set()
        for channel in snapshot.channels:
            phone = extension_of_channel(channel.name)
            if phone is not None and channel.state == "Up":
                talking[phone][channel.name] = channel.linkedid
            elif phone is not None:
                ringing.add(phone)
        for desk in self._roster.desks():
            extension = desk.extension
            if snapshot.at - desk.since < _SETTLED:
                continue
            self._channels[extension] = talking[extension]
            busy = bool(talking[extension]) or extension in ringing
            if desk.state in (State.RINGING, State.TALKING) and not busy:
                ended = await self._ended_at(desk.linkedid, extension)
                await self._roster.tell(extension, Signal.END, min(ended or snapshot.at, snapshot.at))
            elif desk.state is not State.TALKING and talking[extension]:
                linkedid = next(iter(talking[extension].values()))
                call = self._board.calls.get(linkedid)
                outside = call is not None and call.queued_at is not None
                queue = call.queue if call is not None else ""
                await self._roster.tell(
                    extension, Signal.ANSWER, snapshot.at, linkedid=linkedid, queue=queue, outside=outside
                )
            await self._roster.mend(extension, snapshot.members)
