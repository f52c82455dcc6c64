"""Brings a finished recording home: sealed, its row completed, what lay in the clear removed. Owns that order.

A step can be killed at any point and run again: the sealed file is whole or not there, the row is written after it, and
the plain sound goes last. Must not know who may listen, nor how a call is recorded, nor what is in a sealed file.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Final

from sqlalchemy import bindparam, select

from calls.events import Event, EventType
from calls.ports import Clock
from recordings.leftovers import remove_leftovers
from recordings.naming import incoming_path, kept_path, sealed_path, side_paths
from recordings.riff import WavError
from recordings.riff import read_header as read_wav_header
from recordings.sealing import Sealed, SealJob
from recordings.vault import TamperedError, read_header
from storage import recording_repository
from storage.database import Database
from storage.recording_repository import Finished, Recording
from storage.tables import calls
from storage.tables import recordings as recording_rows

log = logging.getLogger(__name__)
SETTLE = timedelta(seconds=2)
"""The recorder closes its file a moment after the call's end."""
STILL_OPEN = timedelta(seconds=10)
"""A file whose header says nothing yet may still be written, on a machine that has no breath; later it was killed."""
MISSING_AFTER = timedelta(seconds=30)
PARTIAL_BELOW = 0.9
"""A recording with less than this share of the call's length, and at least `PARTIAL_SECONDS` short, was cut off."""
PARTIAL_SECONDS = 5.0
BATCH = 50
TURN_SECONDS = 1.0
"""So long a step seals before it stores what it has: the live board does not wait for a whole backlog."""
QUIET = timedelta(seconds=20)
"""Nobody writes to a message or an order's sound any more, and no menu plays it back."""
SealThis = Callable[[SealJob], Awaitable[Sealed]]

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
    """Where the file lies now, how it is, and what may go once the row says so."""

    path: str
    state: str
    seconds: float
    size: int
    sources: tuple[Path, ...] = ()


class RecordingKeeper:
    """Run `step` every second or so. `recordings`: the recordings folder; `seal` raises OSError when it cannot now."""

    def __init__(self, database: Database, recordings: Path, clock: Clock, seal: SealThis) -> None:
        self._database = database
        self._recordings = recordings
        self._clock = clock
        self._seal = seal
        self._cleared = False
        self._passed_over: set[str] = set()
        self.is_idle = False  # nothing waits to be sealed, as far as the last step saw

    async def step(self) -> Sequence[Event]:
        """Finish the recordings of calls that are over; return what to tell the live board. Raises OSError (store)."""
        if not self._cleared:
            await remove_leftovers(self._database, self._recordings)
            self._cleared = True
        now = self._clock()
        homes: list[tuple[_Ended, _Home | None]] = []
        stop = time.monotonic() + TURN_SECONDS
        waiting = await self._ended(now - SETTLE)
        self.is_idle = self.is_idle and not waiting
        for ended in waiting:
            try:
                home = await self._bring_home(ended, now)
            except OSError as error:  # a full or sick disk: this one waits, the others go on
                log.error("recording %s cannot be brought home yet: %s", ended.id, error)
                continue
            if home is not None or now - ended.ended_at >= MISSING_AFTER:
                homes.append((ended, home))
            if time.monotonic() > stop:
                break
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
            await asyncio.to_thread(_remove, home.sources)
            data = {"linkedid": ended.linkedid, "recording": ended.id, "seconds": round(home.seconds, 1)}
            events.append(Event(EventType.CALL_RECORDED, now, data))
        if not homes:
            self.is_idle = not await self._seal_others(now) and not waiting
        return events

    async def _ended(self, before: datetime) -> list[_Ended]:
        async with self._database.read() as connection:
            return [_Ended(*row) for row in (await connection.execute(_WANTED, {"before": before})).all()]

    async def _bring_home(self, ended: _Ended, now: datetime) -> _Home | None:
        """Seal what was recorded; None when there is nothing (yet). Raises OSError when the disk refuses."""
        plain = kept_path(ended.id, ended.started_at)
        target = sealed_path(plain)
        sources = await asyncio.to_thread(self._sources, ended.id, plain)
        if not sources:
            return await asyncio.to_thread(self._sealed_before, ended, target)
        before = await asyncio.to_thread(_sizes, sources)
        if now - ended.ended_at < STILL_OPEN and not await asyncio.to_thread(_are_closed, sources):
            return None
        sealed = await self._seal(SealJob(ended.id, ended.started_at, sources, self._recordings / target))
        if not sealed.mended and await asyncio.to_thread(_sizes, sources) != before:
            raise OSError("it was still being written")
        state = _state(ended, sealed.seconds, mended=sealed.mended) if sealed.readable else "partial"
        return _Home(str(target), state, sealed.seconds, sealed.size, sources)

    def _sources(self, channel: str, plain: PurePosixPath) -> tuple[Path, ...]:
        sides = tuple(self._recordings / path for path in side_paths(channel))
        if any(path.exists() for path in sides):
            return sides
        # One file with both sides mixed: a call that began under an earlier version, or one that it moved.
        alone = (self._recordings / incoming_path(channel), self._recordings / plain)
        return next(((path,) for path in alone if path.exists()), ())

    def _sealed_before(self, ended: _Ended, target: PurePosixPath) -> _Home | None:
        """Return the sealed file that a restored database does not know of yet."""
        path = self._recordings / target
        try:
            header, _ = read_header(path)
            seconds = float(header["seconds"])
            return _Home(str(target), _state(ended, seconds, mended=False), seconds, path.stat().st_size)
        except FileNotFoundError:
            return None
        except TamperedError as error:
            log.error("recording %s: %s", ended.id, error)
            return _Home(str(target), "damaged", 0.0, path.stat().st_size)

    async def _seal_others(self, now: datetime) -> bool:
        """Seal one sound that lies in the clear: a message, an order, or an old call. False: there was none."""
        async with self._database.read() as connection:
            found = await recording_repository.in_the_clear(connection, now - QUIET, len(self._passed_over) + 1)
        one = next((row for row in found if row.id not in self._passed_over), None)
        if one is None:
            return False
        source = self._recordings / one.path
        target = str(sealed_path(PurePosixPath(one.path)))
        try:
            sealed = await self._seal_other(one, source, target)
        except OSError as error:
            log.error("recording %s stays in the clear: %s", one.id, error)
            self._passed_over.add(one.id)  # until the next start
            return True
        seconds = sealed.seconds if sealed.readable else one.seconds
        async with self._database.begin() as connection:
            await recording_repository.finish(
                connection, one.id, state=one.state, seconds=seconds, size=sealed.size, path=target
            )
        await asyncio.to_thread(_remove, (source,))
        return True

    async def _seal_other(self, one: Recording, source: Path, target: str) -> Sealed:
        known = await asyncio.to_thread(self._other_sealed_before, one, source, self._recordings / target)
        if known is not None:
            return known
        return await self._seal(SealJob(one.id, one.started_at, (source,), self._recordings / target))

    def _other_sealed_before(self, one: Recording, source: Path, target: Path) -> Sealed | None:
        """Return what a restored database, older than the files beside it, does not know of. Raises OSError."""
        if not source.resolve().is_relative_to(self._recordings.resolve()):
            raise FileNotFoundError(f"{one.path} lies elsewhere")
        if source.is_file():
            return None
        try:
            header, _ = read_header(target)
        except TamperedError as error:
            raise FileNotFoundError(str(error)) from error
        return Sealed(float(header["seconds"]), target.stat().st_size, mended=False, readable=True)


def _state(ended: _Ended, seconds: float, *, mended: bool) -> str:
    cut_off = seconds < PARTIAL_BELOW * ended.call_seconds and ended.call_seconds - seconds > PARTIAL_SECONDS
    # A killed Asterisk takes its unwritten four seconds with it: of a younger call only the header is left.
    return "partial" if cut_off or not seconds else "repaired" if mended else "complete"


def _sizes(sources: Sequence[Path]) -> list[int]:
    return [path.stat().st_size if path.exists() else 0 for path in sources]


def _are_closed(sources: Sequence[Path]) -> bool:
    """Say whether the recorder has written its sizes into every header."""
    for path in sources:
        try:
            header = read_wav_header(path)
        except FileNotFoundError:
            return False
        except WavError:  # nothing of it is on the disk yet, or it is no sound
            return False
        if not header.data_bytes or header.needs_repair:
            return False
    return True


def _remove(sources: Sequence[Path]) -> None:
    for path in sources:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:  # it is found again at the next start
            log.warning("%s was sealed and cannot be removed: %s", path.name, error)
