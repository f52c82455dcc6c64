"""Brings a finished recording home: out of `incoming`, mended, measured, its row completed. Owns that one move.

A step can be killed at any point and run again: the file is in one of two places, and the row is written last.
Must not know who may listen, nor how a call is recorded.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import bindparam, select

from calls.events import Event, EventType
from calls.ports import Clock
from recordings.naming import incoming_path, kept_path
from recordings.repair import repair_file
from recordings.riff import WavError, read_header
from storage import recording_repository
from storage.database import Database
from storage.recording_repository import Finished
from storage.tables import calls
from storage.tables import recordings as recording_rows

log = logging.getLogger(__name__)
SETTLE = timedelta(seconds=2)
"""The recorder closes its file a moment after the call's end."""
MISSING_AFTER = timedelta(seconds=30)
PARTIAL_BELOW = 0.9
"""A recording with less than this share of the call's length, and at least `PARTIAL_SECONDS` short, was cut off."""
PARTIAL_SECONDS = 5.0
BATCH = 50


_WANTED: Final = (
    select(recording_rows.c.id, recording_rows.c.linkedid, recording_rows.c.started_at, calls.c.ended_at)
    .join(calls, calls.c.linkedid == recording_rows.c.linkedid)
    .where(recording_rows.c.state == "recording", recording_rows.c.kind == "call")
    .where(calls.c.ended_at < bindparam("before"))
    .order_by(calls.c.ended_at)
    .limit(BATCH)
)


@dataclass(frozen=True, slots=True)
class _Ended:
    """A recording whose call is over."""

    id: str
    linkedid: str
    started_at: datetime
    ended_at: datetime

    @property
    def call_seconds(self) -> float:
        return (self.ended_at - self.started_at).total_seconds()


@dataclass(frozen=True, slots=True)
class _Home:
    """Where the file lies now, and how it is."""

    path: str
    state: str
    seconds: float
    size: int


class RecordingKeeper:
    """Run `step` every second or so. `recordings`: the recordings folder."""

    def __init__(self, database: Database, recordings: Path, clock: Clock) -> None:
        self._database = database
        self._recordings = recordings
        self._clock = clock

    async def step(self) -> Sequence[Event]:
        """Finish the recordings of calls that are over; return what to tell the live board. Raises OSError (store)."""
        now = self._clock()
        homes = await asyncio.to_thread(self._bring_all_home, await self._ended(now - SETTLE), now)
        rows = [
            Finished(ended.id, "missing", None, None, None)
            if home is None
            else Finished(ended.id, home.state, home.seconds, home.size, home.path)
            for ended, home in homes
        ]
        if rows:
            async with self._database.begin() as connection:
                await recording_repository.finish_many(connection, rows)
        events = []
        for ended, home in homes:
            if home is None:
                log.error("recording %s is missing: the call went on without one", ended.id)
                continue
            data = {"linkedid": ended.linkedid, "recording": ended.id, "seconds": round(home.seconds, 1)}
            events.append(Event(EventType.CALL_RECORDED, now, data))
        return events

    def _bring_all_home(self, calls_ended: Sequence[_Ended], now: datetime) -> list[tuple[_Ended, _Home | None]]:
        """Return those that are settled now; None beside one that is missing for good."""
        settled = []
        for ended in calls_ended:
            try:
                home = self._bring_home(ended)
            except OSError as error:  # a full or sick disk: this one waits, the others go on
                log.error("recording %s cannot be brought home yet: %s", ended.id, error)
                continue
            if home is not None or now - ended.ended_at >= MISSING_AFTER:
                settled.append((ended, home))
        return settled

    async def _ended(self, before: datetime) -> list[_Ended]:
        async with self._database.read() as connection:
            return [_Ended(*row) for row in (await connection.execute(_WANTED, {"before": before})).all()]

    def _bring_home(self, ended: _Ended) -> _Home | None:
        """Move and mend the file; None when there is none (yet). Raises OSError when the disk refuses."""
        source = self._recordings / incoming_path(ended.id)
        relative = kept_path(ended.id, ended.started_at)
        target = self._recordings / relative
        try:
            if source.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                source.replace(target)
            if not target.exists():
                return None
            mended = repair_file(target) is not None
            header = read_header(target)
        except WavError as error:
            log.error("recording %s: %s", ended.id, error)
            return _Home(str(relative), "partial", 0.0, target.stat().st_size)
        short = ended.call_seconds - header.seconds
        cut_off = header.seconds < PARTIAL_BELOW * ended.call_seconds and short > PARTIAL_SECONDS
        # A killed Asterisk takes its unwritten four seconds with it: of a younger call only the header is left.
        state = "partial" if cut_off or not header.seconds else "repaired" if mended else "complete"
        return _Home(str(relative), state, header.seconds, header.file_bytes)
