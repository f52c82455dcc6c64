"""Sees a full disk before it bites: a truncated recording is otherwise silent. Owns the watermark's alarm."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Final

from calls.alarms import AlarmKind, alarm_id
from calls.ports import Clock
from storage.alarm_repository import clear_alarm, raise_alarm
from storage.database import Database

ALARM: Final = alarm_id(AlarmKind.DISK_LOW)


class DiskWatch:
    """Run `step` every few seconds."""

    def __init__(self, database: Database, recordings: Path, low_percent: int, clock: Clock) -> None:
        self._database = database
        self._recordings = recordings
        self._low_percent = low_percent
        self._clock = clock

    async def step(self) -> bool:
        """Raise or clear the alarm. Raises OSError when the folder or the database is out of reach."""
        usage = await asyncio.to_thread(shutil.disk_usage, self._recordings)
        percent = 100 * usage.free // usage.total
        async with self._database.begin() as connection:
            if percent < self._low_percent:
                await raise_alarm(
                    connection,
                    ALARM,
                    level="critical" if percent < self._low_percent // 3 else "warning",
                    text=f"{percent} % free where the recordings lie; calls go on, recordings may be cut off.",
                    mend=f"Free space in {self._recordings}, or set recordings.directory to a larger disk.",
                    data={"percent": percent, "which": str(self._recordings)},
                    now=self._clock(),
                )
            else:
                await clear_alarm(connection, ALARM, self._clock())
        return False
