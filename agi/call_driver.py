"""Runs the pure flow engine over one caller's telephone: facts to the journal, commands to the channel, answers back.

Owns the order of things: a fact is on the disk before the caller hears what follows from it. Must not know what a flow
says, nor SQL. Each wait has its failure: a sound, store or disk that fails is told to the engine as `Failed`, and the
node's `on_failure` decides, which is a person unless the flow says otherwise.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from agi.call_journal import CallJournal, Left
from agi.channel import CallerGone
from agi.dependencies import Dependencies, Town
from agi.phone import Phone
from agi.sounds import SoundMissing
from calls.channel_variables import Destination
from calls.ids import CaseNumber, LinkedId
from calls.journal_entries import EntryKind
from ivr import engine
from ivr.answers import Answer, CaseCreated, Failed, HungUp, Keys, LookupResult, Recorded
from ivr.context import CallContext
from ivr.turn import Fact, Turn
from ivr.waits import CaseDraft, CreateCase, End, Gather, Lookup, Record, Wait

_log = logging.getLogger(__name__)

_BYTES_PER_SECOND: Final = 16_000
_CASE_STATUS: Final = "case_status"


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What the AGI header says of the call. `caller` is as presented: anything may stand in it."""

    linkedid: LinkedId
    did: str
    caller: str


class CallDriver:
    """Drives one call through one flow. One object per call holds all of its state."""

    def __init__(self, call: CallFacts, phone: Phone, journal: CallJournal, town: Town, needs: Dependencies) -> None:
        self._call = call
        self._phone = phone
        self._journal = journal
        self._town = town
        self._needs = needs
        self._gone = False
        self.flow_failed = False
        """The last turn, here or on the server that died, noted a failure of the flow."""

    async def run(self, flow: str, left: Left | None = None, opening: Sequence[Fact] = ()) -> End:
        """Drive `flow` to its end and return it. Raises CallerGone.

        `left` is where another server stopped; `opening` facts are journalled together with the first step.
        """
        if left is not None:
            self._phone.language = left.session.language
        if left is not None and (ended := left.last(EntryKind.FLOW_ENDED)) is not None:
            self.flow_failed = left.last(EntryKind.FLOW_FAILED) is not None
            return _end_of(str(ended.get("destination")), str(ended.get("queue", "")), int(ended.get("priority", 0)))
        if left is None:
            turn = engine.start(self._town.flows, flow, self._context(), self._phone.language)
        else:
            turn = self._taken_up(left)
        while True:
            self._phone.language = turn.session.language
            ended_now = isinstance(turn.wait, End)
            await self._journal.note((*opening, *turn.facts), None if ended_now else turn.session)
            opening = ()
            self.flow_failed = any(kind is EntryKind.FLOW_FAILED for kind, _ in turn.facts)
            answer = await self._carry_out(turn)
            if isinstance(turn.wait, End):
                if self._gone:
                    raise CallerGone
                return turn.wait
            turn = engine.resume(self._town.flows, turn.session, answer, self._context())

    def _taken_up(self, left: Left) -> Turn:
        """Go on where another server stopped. A case that it had journalled is not made again."""
        _log.info("%s: taken up at %s.%s", self._call.linkedid, left.session.flow, left.session.node)
        session = left.session
        if (told := session.variables.get("case_number", "")) in left.cases:
            pin = self._needs.mint.pin_of(CaseNumber(told))
            session = replace(session, secrets={**session.secrets, "pin": pin})
        turn = engine.repeat(self._town.flows, session, self._context())
        made = left.last(EntryKind.CASE_CREATED)
        if made is None or not isinstance(turn.wait, CreateCase):
            return turn
        number = CaseNumber(str(made["case"]))
        answer = CaseCreated(number.digits, self._needs.mint.pin_of(number))
        return engine.resume(self._town.flows, turn.session, answer, self._context())

    async def _carry_out(self, turn: Turn) -> Answer:
        """Say what is to be said, then fulfil the wait. An `End` needs no answer; what is returned is not looked at."""
        try:
            for command in turn.commands:
                await self._phone.say(command.prompts)
            return HungUp() if isinstance(turn.wait, End) else await self._fulfil(turn.wait)
        except CallerGone:
            self._gone = True
            return HungUp()
        except SoundMissing as error:
            _log.error("%s: %s", self._call.linkedid, error)
            return Failed(f"sound: {error}")

    async def _fulfil(self, wait: Wait) -> Answer:
        match wait:
            case Gather():
                return await self._gather(wait)
            case Lookup():
                return await self._look_up(wait)
            case Record():
                return await self._record(wait)
            case CreateCase():
                return await self._create_case(wait.draft)

    async def _gather(self, wait: Gather) -> Answer:
        if self._gone:
            return HungUp()
        keyed = await self._phone.ask(
            wait.prompts, most_keys=wait.max_digits, silence=wait.timeout_s, barge_in=wait.barge_in
        )
        # A menu may offer `#` itself: there a lone finishing key is the answer.
        return Keys("#" if keyed.finished and not keyed.keys and wait.max_digits == 1 else keyed.keys)

    async def _look_up(self, wait: Lookup) -> Answer:
        if wait.kind != _CASE_STATUS:
            return Failed(f"no look-up of kind {wait.kind!r}")
        try:
            number = CaseNumber.parse(wait.args.get("case", ""))
        except ValueError:
            return LookupResult(found=False)
        try:
            async with asyncio.timeout(self._needs.lookup_time):
                status = await self._needs.status.status_of(number, wait.args.get("pin", ""))
        except (TimeoutError, OSError) as error:
            _log.warning("%s: case status cannot be looked up: %r", self._call.linkedid, error)
            return Failed("the store of cases does not answer")
        if status is None:
            return LookupResult(found=False)
        return LookupResult(
            found=True, sentence=self._needs.status_sentence(status, self._phone.language, self._needs.clock())
        )

    async def _record(self, wait: Record) -> Answer:
        now = self._needs.clock()
        name = f"messages/{now:%Y-%m-%d}/{self._call.linkedid}-{now:%H%M%S%f}"
        stem = self._needs.recordings / name
        try:
            await asyncio.to_thread(_make_room, stem.parent, wait.max_s)
        except OSError as error:
            _log.error("%s: no folder for a message: %s", self._call.linkedid, error)
            return Failed("the disk takes no recording")
        try:
            recording = await self._phone.record(stem, most_seconds=wait.max_s, silence=wait.silence_s)
            seconds, hung_up, refused = recording.seconds, recording.hung_up, recording.refused
        except CallerGone:  # the connection went first; what was said may still be there
            seconds, hung_up, refused = 0.0, True, False
        self._gone = self._gone or hung_up
        length = await asyncio.to_thread(_wav_seconds, f"{stem}.wav")
        if length is None and hung_up:
            return HungUp()
        if length is None and (refused or seconds):
            return Failed("the recording is not on the disk")
        return Recorded(f"{name}.wav" if length else "", seconds or length or 0.0, hung_up)

    async def _create_case(self, draft: CaseDraft) -> Answer:
        """Mint and journal a case, whether or not the caller still listens."""
        try:
            number, pin, pin_hash = self._needs.mint.new_case()
            await self._journal.write([(EntryKind.CASE_CREATED, self._case_data(draft, number, pin_hash))])
        except (OSError, ValueError) as error:
            _log.critical("%s: no case can be made: %s", self._call.linkedid, error)
            return Failed("no case can be made")
        return CaseCreated(number.digits, pin)

    def _case_data(self, draft: CaseDraft, number: CaseNumber, pin_hash: str) -> dict[str, str | None]:
        return {
            "case": number.digits,
            "pin_hash": pin_hash,
            "kind": draft.kind,
            "service_code": draft.service_code,
            "description": draft.description,
            "channel": "phone",
            "language": draft.language,
            "audio": draft.audio,
            "caller": self._call.caller,
        }

    def _context(self) -> CallContext:
        return CallContext(
            now=self._needs.clock(),
            calendar=self._town.calendar,
            notices=self._town.notices,
            # Read anew at each step: who still chooses the language hears a notice that was switched on meanwhile.
            urgent=self._needs.notice.current(),
            did=self._call.did,
            default_language=self._town.default_language,
            queue_for=self._town.queue_for,
        )


def _make_room(folder: Path, seconds: int) -> None:
    """Make the folder. Raises OSError when so long a message has no room: Asterisk would cut it without a word."""
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < seconds * _BYTES_PER_SECOND:
        raise OSError(errno.ENOSPC, f"{free} bytes free", str(folder))


def _wav_seconds(path: str) -> float | None:
    """Return the length by size (the header may not be written yet), 0 when it is empty, None when there is no file."""
    try:
        size = Path(path).stat().st_size
    except OSError:
        return None
    return max(size - 44, 0) / _BYTES_PER_SECOND


def _end_of(destination: str, queue: str, priority: int) -> End:
    known = destination if destination in Destination.ALL else Destination.QUEUE
    return End(known, queue, "ended before the server did", priority)
