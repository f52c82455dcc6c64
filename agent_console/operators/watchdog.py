"""Watches for what must never last: somebody waits while somebody is idle. Raises the alarm, and mends once.

Owns the alarm `idle_beside_waiting`. What distributes calls is the PBX; this looks at what comes of it.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final

from agent_console.call_board import CallBoard
from agent_console.operators.desk import State
from agent_console.operators.roster import Roster
from calls.alarms import AlarmKind, alarm_id
from calls.events import Event, EventType
from calls.ports import CallControl, CallControlError, Clock, EventBus
from storage.alarm_repository import clear_alarm, raise_alarm
from storage.database import Database, DatabaseDown

_LOG = logging.getLogger(__name__)
ALARM: Final = alarm_id(AlarmKind.IDLE_BESIDE_WAITING)
_REACHABLE: Final = frozenset({"not_in_use", "unknown"})


class IdleWatch:
    """Call `step()` about once a second."""

    def __init__(
        self,
        roster: Roster,
        board: CallBoard,
        control: CallControl,
        database: Database,
        bus: EventBus,
        clock: Clock,
        limit: timedelta,
    ) -> None:
        self._roster = roster
        self._board = board
        self._control = control
        self._database = database
        self._bus = bus
        self._clock = clock
        self._limit = limit
        self._mended = False
        self._raised = False

    def idle_beside_waiting(self, now: datetime) -> tuple[str, ...]:
        """Return operators who have been ready, with nothing to do, as long as a caller of their queue has waited."""
        found = set()
        for call in self._board.waiting():
            if call.ringing or now - (call.queued_at or now) < self._limit:
                continue
            found |= {
                desk.extension
                for desk in self._roster.desks()
                if desk.state is State.READY
                and now - desk.since >= self._limit
                and call.queue in ("", *self._roster.queues_of(desk))
            }
        return tuple(sorted(found))

    async def step(self) -> None:
        """Look, mend once, raise or clear the alarm."""
        now = self._clock()
        idle = self.idle_beside_waiting(now)
        if not idle:
            self._mended = False
            if self._raised:
                await self._clear(now)
            return
        devices = await self._mend(idle)
        unreachable = [one for one in idle if devices.get(one, "unknown") not in _REACHABLE]
        mend = "The roster was put right once. Look whether these telephones are registered."
        if unreachable:
            mend = f"The exchange does not reach the telephone of {', '.join(unreachable)}: look at it, or register it."
        text = f"Callers wait {int(self._limit.total_seconds())} s and more while {', '.join(idle)} are ready and idle."
        data = {"operators": ", ".join(idle), "phones": ", ".join(unreachable or idle)}
        await self._raise(text, mend, data, now)

    async def _mend(self, idle: tuple[str, ...]) -> dict[str, str]:
        """Put the members in again, once for each time that it happens; return what their phones do."""
        try:
            snapshot = await self._control.snapshot()
            if not self._mended:
                self._mended = True
                for extension in idle:
                    await self._roster.mend(extension, snapshot.members, force=True)
        except CallControlError as error:
            _LOG.error("callers wait beside idle operators and the PBX does not answer: %s", error)
            return {}
        return {one.extension: one.device for one in snapshot.members}

    async def _raise(self, text: str, mend: str, data: dict[str, str], now: datetime) -> None:
        try:
            async with self._database.begin() as connection:
                new = await raise_alarm(connection, ALARM, level="critical", text=text, mend=mend, data=data, now=now)
        except DatabaseDown as error:
            _LOG.error("%s The alarm cannot be stored: %s", text, error)
            new = not self._raised
        self._raised = True
        if new:
            _LOG.error("%s", text)
            told = {"id": ALARM, "level": "critical", "text": text, "mend": mend, "active": True}
            await self._bus.publish(Event(EventType.ALARM, now, told))

    async def _clear(self, now: datetime) -> None:
        try:
            async with self._database.begin() as connection:
                await clear_alarm(connection, ALARM, now)
        except DatabaseDown:
            return  # tried again with the next look
        self._raised = False
        await self._bus.publish(Event(EventType.ALARM, now, {"id": ALARM, "active": False}))
