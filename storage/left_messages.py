"""Finds messages that a FastAGI server began and, being killed, never journalled; hands them to the spool's importer.

The caller spoke and hung up, and nobody was left to make the case: the sound alone says so. Owns the finding and the
hand-over, a rename; must not know audio (`probe` is given), nor how a case is made (spool_import).
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import or_, select

from calls.events import Event
from calls.ids import LinkedId
from calls.journal_entries import EntryKind, JournalEntry
from calls.ports import Clock
from storage.database import Database
from storage.durable_file import write_durably
from storage.spool_import import SHORTEST_SECONDS, JournalOf, SpoolFolders
from storage.tables import calls, recordings

_LOG: Final = logging.getLogger(__name__)
_NAME: Final = re.compile(r"^(?P<linkedid>[A-Za-z0-9-]{1,45}\.\d{1,12})-\d{6,12}$")
_SPOOL: Final = "last_resort"
_REMEMBERED: Final = 20_000


@dataclass(frozen=True, slots=True)
class _Sound:
    path: Path
    linkedid: LinkedId


class LeftMessages:
    """Run `step` every few seconds, before the spool's importer."""

    def __init__(
        self,
        folders: SpoolFolders,
        database: Database,
        journal: JournalOf,
        probe: Callable[[Path], float],
        clock: Clock,
        quiet: timedelta = timedelta(seconds=10),
    ) -> None:
        """`quiet`: how long a call must be over before its messages are looked at. `probe` as in SpoolImport."""
        self._folders = folders
        self._database = database
        self._journal = journal
        self._probe = probe
        self._clock = clock
        self._quiet = quiet
        self._settled: set[str] = set()
        self._looked_at_all = False

    async def step(self) -> list[Event]:
        """Hand over what is nobody's. Raises DatabaseDown."""
        for sound in await asyncio.to_thread(self._sounds):
            if not await self._is_over(sound):
                continue
            if await self._is_known(sound):
                self._settle(sound)
                continue
            entries = await asyncio.to_thread(self._journal, sound.linkedid)
            if any(entry.data.get("audio") == self._relative(sound.path) for entry in entries):
                continue  # the relay will link it
            try:
                await asyncio.to_thread(self._hand_over, sound, entries)
            except (OSError, ValueError) as error:
                _LOG.error("message %s of a killed server cannot be saved yet: %s", sound.path.name, error)
                self._settle(sound)
        return []

    def _sounds(self) -> list[_Sound]:
        """Return sounds that are not settled: of every day at first, then of today and yesterday."""
        folder = self._folders.recordings / "messages"
        now = self._clock()
        days = [f"{now - timedelta(days=ago):%Y-%m-%d}" for ago in (0, 1)] if self._looked_at_all else ["*-*-*"]
        self._looked_at_all = True
        found: list[_Sound] = []
        for day in days:
            for path in folder.glob(f"{day}/*.wav"):
                named = _NAME.match(path.stem)
                if named is not None and path.name not in self._settled:
                    found.append(_Sound(path, LinkedId(named["linkedid"])))
        return found

    async def _is_over(self, sound: _Sound) -> bool:
        wanted = select(calls.c.ended_at).where(calls.c.linkedid == sound.linkedid)
        async with self._database.read() as connection:
            ended: datetime | None = (await connection.execute(wanted)).scalar()
        return ended is not None and self._clock() - ended > self._quiet

    async def _is_known(self, sound: _Sound) -> bool:
        # By its id, too: once it is sealed, the row names the sealed file.
        known = or_(recordings.c.path == self._relative(sound.path), recordings.c.id == sound.path.stem[:64])
        wanted = select(recordings.c.id).where(known)
        async with self._database.read() as connection:
            return (await connection.execute(wanted)).first() is not None

    def _hand_over(self, sound: _Sound, entries: Sequence[JournalEntry]) -> None:
        if self._probe(sound.path) < SHORTEST_SECONDS:
            _LOG.info("message %s holds less than a second: nothing was said", sound.path.name)
            sound.path.unlink()
            return
        told: dict[str, object] = {"uniqueid": sound.linkedid, "complete": True, "audio": sound.path.name}
        for entry in entries:
            if entry.kind is EntryKind.CALL_ARRIVED:
                told |= {name: entry.data.get(name) for name in ("caller", "did")}
            if entry.data.get("language"):
                told["language"] = entry.data["language"]
        at = datetime.fromtimestamp(sound.path.stat().st_mtime, tz=UTC)
        told["ended_at"] = at.isoformat()
        goal = self._folders.spool / _SPOOL / sound.path.name
        goal.parent.mkdir(parents=True, exist_ok=True)
        write_durably(goal.with_suffix(".json"), json.dumps(told).encode("ascii"))
        shutil.move(sound.path, goal)  # keeps the time at which it was spoken
        _LOG.warning("message %s was left by a killed server; it becomes a case", sound.path.name)

    def _relative(self, path: Path) -> str:
        return str(path.relative_to(self._folders.recordings))

    def _settle(self, sound: _Sound) -> None:
        if len(self._settled) > _REMEMBERED:
            self._settled.clear()
        self._settled.add(sound.path.name)
