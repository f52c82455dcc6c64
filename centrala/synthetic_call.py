"""The product calls itself: each minute a call must end as a record, each hour as an audible recording.

It is the absence of success that alarms: whatever breaks on the way, known or not. Test calls are on no board, in no
report and on no worklist.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from calls.alarms import AlarmId, AlarmKind, alarm_id
from calls.ids import TEST_CALL, TEST_SOUND
from calls.ports import CallControl, CallControlError, Clock
from recordings import opus
from recordings.month_keys import KeyDamagedError, KeyGoneError, MonthKeys
from recordings.sealing import SOUND
from recordings.vault import TamperedError, open_sealed
from recordings.wav import levels
from storage import call_repository, recording_repository
from storage.alarm_repository import clear_alarm, raise_alarm
from storage.database import Database

log = logging.getLogger(__name__)
CONTEXT: Final = "synthetic"
CALL_ALARM: Final = alarm_id(AlarmKind.SYNTHETIC_CALL)
SOUND_ALARM: Final = alarm_id(AlarmKind.SYNTHETIC_SOUND)
LISTENER: Final = "Local/listener@synthetic"
_FAILURES: Final = 2
"""So many in a row are an alarm: one alone may be a call that a restart cut."""


@dataclass(slots=True)
class SyntheticCaller:
    """Run `step` as often as there is to be a test call. Times in seconds."""

    database: Database
    control: CallControl
    clock: Clock
    silent: Callable[[str, str], str]
    """(recording's id, path below the recordings folder) → empty when it can be heard, else why not. Blocks."""
    did: str
    sound_every: timedelta
    answer_time: float = 10.0
    record_time: float = 40.0
    poll: float = 0.5
    _last_sound: datetime | None = None
    _failed: dict[str, int] = field(default_factory=dict)

    async def step(self) -> bool:
        """Make one call and judge it. Raises OSError when the database is away: nothing can be judged then."""
        now = self.clock()
        recorded = bool(self.sound_every) and (self._last_sound is None or now - self._last_sound >= self.sound_every)
        linkedid = f"{TEST_SOUND if recorded else TEST_CALL}{int(now.timestamp())}.{secrets.randbelow(10**6)}"
        why = await self._call(linkedid, recorded=recorded)
        if not why:
            why = await self._wait_for_record(linkedid)
        await self._judge(
            CALL_ALARM, why, "The test call failed", "Call the public number yourself; then look at centrala status."
        )
        if recorded and not why:
            silent = await self._wait_for_sound(linkedid)
            if not silent:
                self._last_sound = now
            mend = "Listen to the newest recordings; look at the disk and at centrala doctor."
            await self._judge(SOUND_ALARM, silent, "The test recording cannot be heard", mend)
        return False

    async def _call(self, linkedid: str, *, recorded: bool) -> str:
        try:
            await self.control.originate(
                endpoint=LISTENER,
                context=CONTEXT,
                extension=f"record-{self.did}" if recorded else self.did,
                variables={},
                caller_id="",
                timeout=self.answer_time,
                channel_id=linkedid,
            )
        except CallControlError as error:
            return str(error)
        return ""

    async def _wait_for_record(self, linkedid: str) -> str:
        try:
            async with asyncio.timeout(self.record_time):
                while True:
                    async with self.database.read() as connection:
                        record = await call_repository.get(connection, linkedid)
                        steps = await call_repository.steps(connection, linkedid)
                    if record is not None and record.ended_at is not None:
                        if not record.synthetic:
                            return "it was taken for a citizen's call"
                        return "" if steps else "the menu did not answer it"
                    await asyncio.sleep(self.poll)
        except TimeoutError:
            return "it left no record"

    async def _wait_for_sound(self, linkedid: str) -> str:
        try:
            async with asyncio.timeout(self.record_time):
                while True:
                    async with self.database.read() as connection:
                        found = await recording_repository.of_call(connection, linkedid)
                    done = [one for one in found if one.state in ("complete", "repaired", "missing")]
                    if done:
                        return await asyncio.to_thread(self.silent, done[0].id, done[0].path)
                    await asyncio.sleep(self.poll)
        except TimeoutError:
            return "there is no recording"

    async def _judge(self, alarm: AlarmId, why: str, text: str, mend: str) -> None:
        now = self.clock()
        self._failed[alarm] = self._failed.get(alarm, 0) + 1 if why else 0
        async with self.database.begin() as connection:
            if not why:
                await clear_alarm(connection, alarm, now)
            elif self._failed[alarm] >= _FAILURES:
                await raise_alarm(connection, alarm, level="critical", text=f"{text}: {why}.", mend=mend, now=now)
        if why:
            log.error("%s: %s", text, why)


def sealed_silence(folder: Path, keys: MonthKeys) -> Callable[[str, str], str]:
    """Return the listener of an installation: opens the sealed recording and measures it, as a person would hear it."""

    def silent(recording: str, path: str) -> str:
        try:
            found = open_sealed(folder / path, recording, keys)
            rate, samples = opus.decode(found.read(SOUND))
        except (OSError, KeyError, TamperedError, KeyGoneError, KeyDamagedError, opus.OpusError) as error:
            return f"it cannot be opened ({error})"
        return "" if levels(rate, samples).audible else "it is silent"

    return silent
