"""What was recorded while everything else was down becomes cases, exactly once.

Reads `spool/last_resort/` (a JSON beside each WAV when the script came to its end) and `spool/dialplan/` (WAVs of the
pure dialplan). A call makes one case: what it left besides belongs to that one. Owns the order: case and recording
rows in one transaction under the key `spool:<stem>`, then the file is moved; a crash between the two only leaves the
move to be done. Must not know audio: `probe` is given.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from calls.caller import Caller, CallerKind
from calls.events import Event, EventType
from calls.ids import CaseNumber, LinkedId
from calls.journal_entries import EntryKind, JournalEntry
from calls.languages import LANGUAGES
from calls.ports import CaseMint, Clock
from cases.case import CaseChannel, CaseKind, NewCase
from cases.intake import IntakeRules
from storage import case_repository, recording_repository
from storage.call_assembly import assemble
from storage.database import Database, DatabaseDown
from storage.identity_store import IdentityStore, Reporter
from storage.journal_facts import intake_of
from storage.recording_repository import Recording
from storage.tables import calls, case_events, cases, recordings

_LOG: Final = logging.getLogger(__name__)
_STEM: Final = re.compile(r"^[A-Za-z0-9][A-Za-z0-9.-]{0,62}$")
SPOOLS: Final = ("last_resort", "dialplan")
SHORTEST_SECONDS: Final = 1.0
CREATED_BY: Final = "spool"
JournalOf = Callable[[LinkedId], Sequence[JournalEntry]]
_LONGEST_GREETING: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class SpoolFolders:
    """`spool` holds the folders of SPOOLS; messages go to `recordings`/messages/."""

    spool: Path
    recordings: Path


@dataclass(frozen=True, slots=True)
class Spooled:
    """One sound file in a spool and what was written beside it (empty when nothing was)."""

    sound: Path
    note: Path
    spool: str
    at: datetime
    told: dict[str, Any] = field(default_factory=dict)

    @property
    def stem(self) -> str:
        """Return the channel's id, which names the file."""
        return self.sound.stem

    def text(self, *names: str) -> str:
        """Return the first of the named values that is there."""
        return next((str(self.told[name]) for name in names if self.told.get(name)), "")


class SpoolImport:
    """Run `step` every few seconds; it never raises for one bad file."""

    def __init__(
        self,
        folders: SpoolFolders,
        database: Database,
        identity: IdentityStore,
        mint: CaseMint,
        rules: IntakeRules,
        probe: Callable[[Path], float],
        clock: Clock,
        quiet: timedelta = timedelta(seconds=10),
        journal: JournalOf = lambda linkedid: (),
    ) -> None:
        """`probe`: repairs the header if need be and returns the seconds of sound (may raise OSError, ValueError).

        `journal` returns what was journalled of a call, so that a case which the relay has yet to bring is waited for.
        A file counts as finished when its note says `complete` or nothing was written to it for `quiet`.
        """
        self._folders = folders
        self._database = database
        self._identity = identity
        self._mint = mint
        self._rules = rules
        self._probe = probe
        self._clock = clock
        self._quiet = quiet
        self._journal = journal

    async def step(self) -> list[Event]:
        """Import what lies there; return the events to publish. Raises DatabaseDown: nothing was moved then."""
        events: list[Event] = []
        for found in await asyncio.to_thread(self._finished):
            try:
                events += await self._import(found)
            except (ValueError, LookupError) as error:
                _LOG.error("spool %s: %s not imported, it stays where it is: %s", found.spool, found.sound.name, error)
            except DatabaseDown:
                raise
            except OSError as error:  # a full disk: its case is made, and the sound is safe where it lies
                _LOG.error("spool %s: %s cannot be moved yet: %s", found.spool, found.sound.name, error)
        return events

    def _finished(self) -> list[Spooled]:
        ready: list[Spooled] = []
        for spool in SPOOLS:
            folder = self._folders.spool / spool
            for sound in sorted(folder.glob("*.wav")) if folder.is_dir() else []:
                at = datetime.fromtimestamp(sound.stat().st_mtime, tz=UTC)
                note = sound.with_suffix(".json")
                told = _read_note(note)
                if not _STEM.match(sound.stem) or (not told.get("complete") and self._clock() - at < self._quiet):
                    continue
                ready.append(Spooled(sound, note, spool, at, told))
            self._drop_notes_without_sound(folder)
        return ready

    def _drop_notes_without_sound(self, folder: Path) -> None:
        """A caller who hung up before the tone left only his number: CEL has the call, no number lies about here."""
        for note in folder.glob("*.json") if folder.is_dir() else []:
            told = _read_note(note)
            age = self._clock() - datetime.fromtimestamp(note.stat().st_mtime, tz=UTC)
            if not note.with_suffix(".wav").exists() and (told.get("complete") or age > _LONGEST_GREETING):
                note.unlink(missing_ok=True)

    async def _import(self, found: Spooled) -> list[Event]:
        target = Path("messages") / f"{found.stem}.wav"
        source = f"spool:{found.stem}"
        events: list[Event] = []
        async with self._database.read() as connection:
            done = await _is_imported(connection, found.stem, source)
        if not done:
            seconds = await asyncio.to_thread(self._seconds_of, found.sound)
            if not seconds:  # a header and nothing behind it: he hung up at the tone, the call is on the missed list
                await asyncio.to_thread(self._drop, found)
                return []
            recording = Recording(
                id=f"{found.stem}-spool",  # the call's own recording has the channel's id
                linkedid=found.text("linkedid", "uniqueid") or found.stem,
                path=str(target),
                kind="message",
                started_at=found.at - timedelta(seconds=seconds),
                state="partial" if found.told and not found.told.get("complete") else "complete",
                seconds=seconds,
                bytes=found.sound.stat().st_size,
            )
            events = await self._store(found, recording, source)
        await asyncio.to_thread(self._move, found, target)
        return events

    async def _store(self, found: Spooled, recording: Recording, source: str) -> list[Event]:
        """Make the case, or only keep the sound when nothing was said: the call is on the missed list then.

        Who was thanked (the dialplan's recorder thanks everybody) has a case, however little was said.
        """
        thanked = bool(found.told.get("thanked")) or found.spool == "dialplan"
        if (recording.seconds or 0.0) < SHORTEST_SECONDS and not thanked:
            async with self._database.begin() as connection:
                silent = Recording(
                    **{name: getattr(recording, name) for name in Recording.__slots__} | {"kind": "call"}
                )
                await recording_repository.add(connection, silent)
            return []
        if (existing := await self._case_of(recording.linkedid)) is not None:
            async with self._database.begin() as connection:
                await recording_repository.add(connection, recording)
                await _tell_timeline(connection, existing, recording, found.at)
            return [Event(EventType.CASE_CHANGED, found.at, _changed(existing) | {"event": "message"})]
        number, _pin, pin_hash = await asyncio.to_thread(self._mint.new_case)
        caller = Caller.parse(found.text("caller", "caller_id"))
        if caller.kind is CallerKind.NUMBER:
            reporter = Reporter("", "", "phone", caller.number)
            await self._identity.save_reporter(number, reporter, replace=False)
        taken = intake_of(self._rules, None, found.at)
        language = found.text("language")
        async with self._database.begin() as connection:
            if await _is_imported(connection, found.stem, source):  # another importer was quicker
                return []
            known = (await connection.execute(select(calls).where(calls.c.linkedid == recording.linkedid))).first()
            new = NewCase(
                number=number,
                pin_hash=pin_hash,
                kind=CaseKind.REQUEST,
                channel=CaseChannel.PHONE,
                owner=taken.organisation,
                organisation=taken.organisation,
                created_by=CREATED_BY,
                created_at=found.at,
                due_at=taken.due_at,
                language=language if language in LANGUAGES else "sr",
                linkedid=recording.linkedid,
            )
            await case_repository.create(connection, new, source=source)
            await recording_repository.add(connection, recording)
            await _tell_timeline(connection, number, recording, found.at)
            events = [Event(EventType.CASE_CHANGED, found.at, _changed(number))]
            assembled = await assemble(connection, recording.linkedid) if known is not None else None
        return events + (assembled.events(self._clock()) if assembled else [])

    async def _case_of(self, linkedid: str) -> CaseNumber | None:
        """Return the case that the call has already. Raises LookupError while it is in the journal only."""
        async with self._database.read() as connection:
            wanted = select(cases.c.number).where(cases.c.linkedid == linkedid).order_by(cases.c.created_at)
            number = (await connection.execute(wanted.limit(1))).scalar()
        if number is not None:
            return CaseNumber(number)
        entries = await asyncio.to_thread(self._journal, LinkedId(linkedid))
        if any(entry.kind is EntryKind.CASE_CREATED for entry in entries):
            raise LookupError("its call has a case that is not stored yet")
        return None

    def _seconds_of(self, sound: Path) -> float:
        try:
            return self._probe(sound)
        except OSError as error:  # one unreadable file is not an outage of the store
            raise ValueError(f"the sound cannot be read: {error}") from error

    def _drop(self, found: Spooled) -> None:
        found.sound.unlink(missing_ok=True)
        found.note.unlink(missing_ok=True)

    def _move(self, found: Spooled, target: Path) -> None:
        goal = self._folders.recordings / target
        goal.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(found.sound, goal)  # a rename where it can be one
        found.note.unlink(missing_ok=True)


async def _is_imported(connection: AsyncConnection, stem: str, source: str) -> bool:
    by_case = await connection.execute(select(case_events.c.id).where(case_events.c.source == source))
    if by_case.first() is not None:
        return True
    return (
        await connection.execute(select(recordings.c.id).where(recordings.c.id == f"{stem}-spool"))
    ).first() is not None


async def _tell_timeline(connection: AsyncConnection, number: CaseNumber, recording: Recording, at: datetime) -> None:
    await case_repository.add_event(
        connection,
        number,
        at=at,
        kind="message",
        actor=CREATED_BY,
        data={"recording": recording.id, "linkedid": recording.linkedid},
        source=f"message:{recording.id}",
    )


def _changed(number: CaseNumber) -> dict[str, str]:
    return {"case": number.digits, "status": "received", "event": "created"}


def _read_note(note: Path) -> dict[str, Any]:
    try:
        told = json.loads(note.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        _LOG.error("spool note %s cannot be read, its sound is imported without it: %s", note, error)
        return {}
    return told if isinstance(told, dict) else {}
