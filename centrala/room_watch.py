"""Watches what must be there: the exchange, its lines, operators in opening hours, records that keep up.

Owns which fact raises and clears which alarm, and tells the board of every change. An alarm goes only by its fact.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from calls.alarms import AlarmId, AlarmKind, alarm_id
from calls.events import Event, EventType
from calls.ports import CallControlError, Clock, EventBus, Lines
from storage.alarm_repository import Alarm, active_alarms, clear_alarm, raise_alarm
from storage.database import Database

log = logging.getLogger(__name__)
AMI_PATIENCE: Final = timedelta(seconds=10)
LINE_PATIENCE: Final = timedelta(seconds=45)
BACKLOG_PATIENCE: Final = timedelta(seconds=60)
BACKLOG_BYTES: Final = 512 * 1024
AMI_LOST: Final = alarm_id(AlarmKind.AMI_LOST)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the watch may ask. `opened`: whether operators should be there; `operators`: how many are signed in."""

    link_is_up: Callable[[], bool]
    trunks: Callable[[], tuple[str, ...]]
    """Names of the trunks that call out or register."""
    opened: Callable[[datetime], bool]
    operators: Callable[[], int]
    notice: Callable[[], bool]
    """Whether callers hear an urgent notice now."""
    backlog: Callable[[], int]
    """Bytes of journal and call event log that are not in SQL yet."""


@dataclass(slots=True)
class RoomWatch:
    """Run `step` every few seconds. A fact must hold for a while before it is an alarm: a blink is none."""

    database: Database
    pbx: Lines
    bus: EventBus
    clock: Clock
    facts: Facts
    no_operators_after: timedelta
    _since: dict[str, datetime] = field(default_factory=dict)
    _told: dict[str, Alarm] = field(default_factory=dict)
    _notice: bool | None = None

    @property
    def link_lost_since(self) -> datetime | None:
        """Return since when the exchange is not heard; None while it is."""
        return self._since.get(AMI_LOST)

    async def step(self) -> bool:
        """Look once. Raises OSError when the database is out of reach: the alarms then stand as they are."""
        now = self.clock()
        up = self.facts.link_is_up()
        await self._set(
            AMI_LOST,
            not up,
            AMI_PATIENCE,
            "The telephone exchange does not answer: no pop, no live board; calls may be down.",
            "Look whether Asterisk runs (centrala status), then at its log.",
        )
        if up:
            await self._lines()
        opened = self.facts.opened(now)
        await self._set(
            alarm_id(AlarmKind.NO_OPERATORS),
            opened and self.facts.operators() == 0,
            self.no_operators_after,
            "It is opening time, and no operator is signed in: callers wait for nobody.",
            "Call the operators in, or change the hours in calendar.yaml.",
        )
        backlog = self.facts.backlog()
        await self._set(
            alarm_id(AlarmKind.RECORD_BACKLOG),
            backlog > BACKLOG_BYTES,
            BACKLOG_PATIENCE,
            f"The records of calls are late by {backlog // 1024} kB.",
            "Look at the database and its disk; nothing is lost, it waits in the journal.",
        )
        await self._tell()
        await self._tell_notice()
        return False

    async def _tell_notice(self) -> None:
        """Say so when the urgent notice came or went: by telephone, from a page, or by itself at its end."""
        on = self.facts.notice()
        if self._notice is not None and self._notice != on:
            await self.bus.publish(Event(EventType.NOTICE_CHANGED, self.clock(), {"active": on}))
        self._notice = on

    async def _lines(self) -> None:
        try:
            lines = {line.name: line for line in await self.pbx.lines()}
        except CallControlError as error:
            log.warning("the lines cannot be looked at: %s", error)
            return
        for name in self.facts.trunks():
            line = lines.get(name)
            down = line is None or not line.up
            detail = "unknown to the exchange" if line is None else line.detail
            await self._set(
                alarm_id(AlarmKind.TRUNK_DOWN, name),
                down,
                LINE_PATIENCE,
                f"The line {name} is down ({detail}): citizens may not be able to call.",
                "Look at the network and call the provider; `centrala doctor` tells more.",
            )

    async def _set(self, alarm: AlarmId, wrong: bool, patience: timedelta, text: str, mend: str) -> None:
        now = self.clock()
        if not wrong:
            self._since.pop(alarm, None)
            async with self.database.begin() as connection:
                await clear_alarm(connection, alarm, now)
            return
        if now - self._since.setdefault(alarm, now) < patience:
            return
        async with self.database.begin() as connection:
            if await raise_alarm(connection, alarm, level="critical", text=text, mend=mend, now=now):
                log.error("alarm %s: %s", alarm, text)

    async def _tell(self) -> None:
        """Publish what has changed since the last look, whoever raised or cleared it."""
        async with self.database.read() as connection:
            active = {alarm.id: alarm for alarm in await active_alarms(connection)}
        changed = [(one, True) for key, one in active.items() if self._told.get(key) != one]
        changed += [(one, False) for key, one in self._told.items() if key not in active]
        self._told = active
        for alarm, stands in changed:
            data = {"id": alarm.id, "level": alarm.level, "text": alarm.text, "mend": alarm.mend, "active": stands}
            await self.bus.publish(Event(EventType.ALARM, self.clock(), data))
