"""Deletes once a day, by itself, the recordings whose time is over. Owns when; what and how belongs to `recordings`."""

from __future__ import annotations

import logging
from datetime import date
from pathlib import Path
from typing import Final

from calls.alarms import AlarmKind, alarm_id
from calls.ports import Clock
from recordings.purge import Retention, purge
from storage.alarm_repository import clear_alarm, raise_alarm
from storage.database import Database

log = logging.getLogger(__name__)
ALARM: Final = alarm_id(AlarmKind.RECORDINGS_PURGE)
ACTOR: Final = "retention"


class DailyPurge:
    """Run `step` every few minutes; a day's first one works, and one after a failure tries again."""

    def __init__(self, database: Database, recordings: Path, retention: Retention, clock: Clock) -> None:
        self._database = database
        self._recordings = recordings
        self._retention = retention
        self._clock = clock
        self._done: date | None = None

    async def step(self) -> bool:
        """Purge when today's purge is not done; what could not be deleted is an alarm. Raises DatabaseDown."""
        now = self._clock()
        if self._done == now.date():
            return False
        report = await purge(self._database, self._recordings, self._retention, now, actor=ACTOR)
        log.info("retention: %s", report.as_json())
        async with self._database.begin() as connection:
            if report.failed:
                first = next(iter(report.failed.values()))
                await raise_alarm(
                    connection,
                    ALARM,
                    level="warning",
                    text=f"{len(report.failed)} recordings are past their time and cannot be deleted: {first}",
                    mend=f"Look at the rights and the disk of {self._recordings}, then: centrala recordings purge",
                    data={"count": len(report.failed), "which": str(self._recordings)},
                    now=now,
                )
            else:
                await clear_alarm(connection, ALARM, now)
        if not report.failed:
            self._done = now.date()
        return False
