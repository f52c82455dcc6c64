"""Recordings that are silent for now. Owns who asked for silence, how long it may last, and the gap's row.

A browser that asked renews its wish every few seconds; one that vanished has its silence ended. A wish ends with the
operator's part in the call, and every silence with the call. The exchange is told before anything is stored, and the
row follows when the database is back: personal data stay out of a recording whatever else is broken.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from aiohttp import web

from agent_console.call_board import CallBoard
from agent_console.dependencies import DEPENDENCIES, ConsoleDependencies
from agent_console.live_socket import HUB
from calls.ids import LinkedId
from calls.ports import CallControlError
from storage import recording_gaps
from storage.recording_gaps import Gap

_LOG = logging.getLogger(__name__)
LEASES: Final = {"field": timedelta(seconds=20), "hand": timedelta(seconds=20), "api": timedelta(minutes=10)}
"""By reason: how long silence lasts without being asked for again. Browsers renew theirs every eight seconds."""
EVERY = 1.0


@dataclass(slots=True)
class _Wish:
    """One reason for silence. `operator`: the extension whose call it was, empty for others'."""

    until: datetime
    operator: str


@dataclass(slots=True)
class _Silence:
    gap: Gap
    wishes: dict[str, _Wish] = field(default_factory=dict)


class Pauses:
    """Every silent recording. Methods are called from one event loop."""

    def __init__(self, deps: ConsoleDependencies, board: CallBoard) -> None:
        self._deps = deps
        self._board = board
        self._silent: dict[str, _Silence] = {}
        self._unsaved: dict[str, Gap] = {}
        self._turn = asyncio.Lock()
        self._saving = asyncio.Lock()
        self.to_save = asyncio.Event()
        """Set when a row waits to be stored."""

    async def pause(self, linkedid: LinkedId, why: str, *, by: str, operator: str = "") -> bool:
        """Silence the recording, or renew the wish for it; True when it has just fallen silent.

        Raises CallControlError: it is not silent then.
        """
        async with self._turn:
            now = self._deps.clock()
            silence = self._silent.get(linkedid)
            begins = silence is None
            if silence is None:
                await self._deps.call_control.pause_recording(linkedid, paused=True)
                silence = _Silence(Gap(secrets.token_hex(16), linkedid, now, None, why, by))
                self._silent[linkedid] = silence
                self._unsaved[silence.gap.id] = silence.gap
            silence.wishes[why] = _Wish(now + LEASES[why], operator)
            self.to_save.set()
            return begins

    async def resume(self, linkedid: LinkedId, why: str | None) -> bool:
        """Take back one wish, or all (None); True when it records again. Raises CallControlError: it stays silent.

        A recording of which nothing is known here is told to go on all the same.
        """
        async with self._turn:
            silence = self._silent.get(linkedid)
            if silence is None:
                await self._deps.call_control.pause_recording(linkedid, paused=False)
                return True
            left = {} if why is None else {name: wish for name, wish in silence.wishes.items() if name != why}
            if left:
                silence.wishes = left
                return False
            await self._deps.call_control.pause_recording(linkedid, paused=False)
            self._close(linkedid, "resumed")
            return True

    async def over(self, linkedid: LinkedId, renew: Callable[[], Awaitable[bool]]) -> None:
        """Renew a recorder, which comes back recording, and silence it at once if it was. Raises CallControlError."""
        async with self._turn:
            if await renew() and linkedid in self._silent:
                await self._deps.call_control.pause_recording(linkedid, paused=True)

    @property
    def waits_for_database(self) -> bool:
        """Say whether rows could not be stored at the last try."""
        return bool(self._unsaved) and not self.to_save.is_set()

    def why_silent(self, linkedid: str) -> tuple[str, ...]:
        """Return the reasons for which the recording is silent now; none: it records."""
        silence = self._silent.get(linkedid)
        return () if silence is None else tuple(sorted(silence.wishes))

    async def step(self) -> None:
        """End what has lapsed, then store what is not stored yet. Never raises for one call."""
        await self._end_lapsed()
        await self._save()

    async def _end_lapsed(self) -> None:
        async with self._turn:
            now = self._deps.clock()
            for linkedid, silence in list(self._silent.items()):
                call = self._board.calls.get(linkedid)
                if call is not None and call.ended_at is not None:
                    self._close(linkedid, "call_ended", call.ended_at)
                    continue
                moved = {
                    name
                    for name, wish in silence.wishes.items()
                    if wish.operator and call is not None and call.operator not in ("", wish.operator)
                }
                lapsed = {name for name, wish in silence.wishes.items() if wish.until <= now}
                if silence.wishes.keys() - moved - lapsed:
                    for name in moved | lapsed:
                        del silence.wishes[name]
                    continue
                try:
                    await self._deps.call_control.pause_recording(LinkedId(linkedid), paused=False)
                except CallControlError as error:
                    if "not there" not in str(error):  # tried again at the next step
                        _LOG.error("recording of %s stays silent though nobody wants it: %s", linkedid, error)
                        continue
                    self._close(linkedid, "call_ended")
                    continue
                _LOG.warning("recording of %s goes on: %s", linkedid, "the call moved" if moved else "nobody renewed")
                self._close(linkedid, "moved" if moved else "lapsed")

    async def load(self) -> None:
        """Take up the silences of before a restart; each has one lease to be asked for again. Raises DatabaseDown."""
        now = self._deps.clock()
        async with self._deps.database.read() as connection:
            found = await recording_gaps.open_gaps(connection)
        async with self._turn:
            for gap, call_ended in found:
                if call_ended is not None:
                    self._unsaved[gap.id] = replace(gap, ended_at=max(call_ended, gap.began_at), ended_how="call_ended")
                elif gap.linkedid not in self._silent:
                    wish = _Wish(now + LEASES["field"], "")
                    self._silent[gap.linkedid] = _Silence(gap, {gap.why: wish})

    def _close(self, linkedid: str, how: str, at: datetime | None = None) -> None:
        gap = self._silent.pop(linkedid).gap
        ended = max(at or self._deps.clock(), gap.began_at)
        self._unsaved[gap.id] = replace(gap, ended_at=ended, ended_how=how)
        self.to_save.set()

    async def _save(self) -> None:
        # Outside the turn: a database that hangs must not keep the next citizen's data from being silenced. One save
        # at a time: an older row stored after a newer one would open the gap again.
        async with self._saving:
            self.to_save.clear()
            gaps = dict(self._unsaved)
            if not gaps:
                return
            try:
                async with self._deps.database.begin() as connection:
                    for gap in gaps.values():
                        await recording_gaps.save(connection, gap)
            except OSError as error:
                _LOG.warning("%d gaps of recordings wait for the database: %s", len(gaps), error)
                return
            for key, gap in gaps.items():
                if self._unsaved.get(key) is gap:
                    del self._unsaved[key]


PAUSES = web.AppKey("pauses", Pauses)


async def keep_pauses(app: web.Application) -> AsyncIterator[None]:
    """Run the steps for the life of the application; at the end a step that goes on comes to its end."""
    pauses = app[PAUSES] = Pauses(app[DEPENDENCIES], app[HUB].board)
    stopping = asyncio.Event()
    task = asyncio.create_task(_run(pauses, stopping), name="recording-pauses")
    yield
    stopping.set()
    pauses.to_save.set()
    await asyncio.gather(task, return_exceptions=True)


async def _run(pauses: Pauses, stopping: asyncio.Event) -> None:
    loaded = False
    while True:
        try:
            if not loaded:
                await pauses.load()
                loaded = True
            await pauses.step()
        except OSError as error:
            _LOG.warning("pauses of recordings: %s", error)
        if stopping.is_set():
            return
        wait = stopping.wait() if pauses.waits_for_database else pauses.to_save.wait()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(wait, EVERY)
