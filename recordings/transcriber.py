"""Gives finished calls their text, one at a time, when nothing waits to be sealed. Owns when, how often, and the order.

The text is sealed while the recording's row is locked, so that a purge either comes before and there is no text, or
finds it and deletes it. Must not know the recogniser: it is given.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from calls.ports import Clock
from recordings.month_keys import KeyDamagedError, KeyGoneError, MonthKeys
from recordings.naming import text_path
from recordings.texts import Phrase, seal_text
from storage import recording_texts
from storage.database import Database
from storage.recording_repository import Recording

log = logging.getLogger(__name__)


class TranscribeError(Exception):
    """The recogniser failed at this recording. `str(error)` says how."""


@dataclass(frozen=True, slots=True)
class Recogniser:
    """What hears. `hear` raises TranscribeError; `rest` ends what it holds in memory until it is wanted again."""

    languages: Sequence[str]
    hear: Callable[[Recording], Awaitable[list[Phrase]]]
    rest: Callable[[], Awaitable[None]]


class Transcriber:
    """Run `step` every few seconds. `may_work`: nothing waits to be sealed."""

    def __init__(
        self,
        database: Database,
        recordings: Path,
        keys: MonthKeys,
        clock: Clock,
        recogniser: Recogniser,
        may_work: Callable[[], bool],
    ) -> None:
        self._database = database
        self._recordings = recordings
        self._keys = keys
        self._clock = clock
        self._recogniser = recogniser
        self._may_work = may_work

    async def step(self) -> bool:
        """Give one recording its text; True when there may be more. Raises DatabaseDown."""
        if not self._may_work():
            return False
        async with self._database.read() as connection:
            found = await recording_texts.next_wanted(connection, self._recogniser.languages, self._clock())
        if found is None:
            await self._recogniser.rest()
            return False
        recording, language = found
        try:
            phrases = await self._recogniser.hear(recording)
            await self._keep(recording, language, phrases)
        except (TranscribeError, KeyGoneError, KeyDamagedError) as error:
            async with self._database.begin() as connection:
                state = await recording_texts.note_failure(
                    connection, recording.id, language, str(error), self._clock()
                )
            log.error("no text of recording %s, try %d: %s", recording.id, state.failures, error)
        return True

    async def _keep(self, recording: Recording, language: str, phrases: Sequence[Phrase]) -> None:
        target = self._recordings / text_path(PurePosixPath(recording.path))
        async with self._database.begin() as connection:
            if not await recording_texts.lock(connection, recording.id):
                return
            now = self._clock()
            try:
                await asyncio.to_thread(seal_text, target, recording.id, recording.started_at, phrases, self._keys, now)
            except OSError as error:  # a full disk: heard again later, not at once
                raise TranscribeError(f"the text cannot be stored: {error}") from error
            await recording_texts.set_made(connection, recording.id, language, now)
