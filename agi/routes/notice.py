"""Route `notice`: staff record the urgent notice (`*71`, subject `on`) or switch it off (`*72`, subject `off`).

on_failure = continue: the notice stays as it was, and the operator hears that it did not work.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from pathlib import Path
from typing import Final

from agi.arrival import Arrival
from agi.call_journal import CallJournal, StepCounter
from agi.channel import AgiChannel
from agi.dependencies import Dependencies
from agi.phone import Phone
from calls.channel_variables import AgiRoute, Destination
from calls.journal_entries import EntryKind
from ivr.prompts import PromptId

_log = logging.getLogger(__name__)

_TRIES: Final = 3
_MOST_PIN_KEYS: Final = 12
_MOST_SECONDS: Final = 60
_SHORTEST_S: Final = 1.0
_LONGEST_EXTENSION: Final = 6


async def notice(channel: AgiChannel, needs: Dependencies, steps: StepCounter) -> None:
    """Check the PIN, then record and switch on, or switch off."""
    arrival = Arrival.read(channel.fields)
    phone = Phone(channel, needs.sounds, needs.town().default_language, needs.deadlines)
    journal = CallJournal(needs.journal, steps, needs.clock, needs.node, arrival.linkedid, AgiRoute.NOTICE)
    if arrival.resumed:
        await journal.earlier()
    if not await _pin_is_right(phone, needs):
        _log.warning("notice %s: wrong PIN, %d tries", arrival.linkedid, _TRIES)
        await phone.leave(Destination.HANGUP)
        return
    by = arrival.caller if arrival.caller.isdigit() and len(arrival.caller) <= _LONGEST_EXTENSION else ""
    try:
        off = arrival.subject == "off"
        said = await (_switch_off(journal, needs, by) if off else _record(phone, journal, needs, by))
    except OSError as error:
        _log.error("notice %s: not changed: %s", arrival.linkedid, error)
        said = "notice.failed"
    await phone.say([PromptId(said)])
    await phone.leave(Destination.HANGUP)


async def _pin_is_right(phone: Phone, needs: Dependencies) -> bool:
    asked = [PromptId("notice.enter_pin")]
    for _ in range(_TRIES):
        keyed = await phone.ask(asked, most_keys=_MOST_PIN_KEYS, silence=5.0)
        if needs.notice_pin_is_right(keyed.keys):
            return True
        asked = [PromptId("notice.wrong_pin"), PromptId("notice.enter_pin")]
    await phone.say([PromptId("notice.wrong_pin")])
    return False


async def _record(phone: Phone, journal: CallJournal, needs: Dependencies, by: str) -> str:
    stem = needs.notice.new_recording()
    await phone.say([PromptId("notice.record_after_tone")])
    recording = await phone.record(stem, kind="ulaw", most_seconds=_MOST_SECONDS, silence=4)
    if recording.seconds < _SHORTEST_S or not await asyncio.to_thread(Path(f"{stem}.ulaw").exists):
        return "notice.nothing_recorded"
    await journal.write([(EntryKind.NOTICE_CHANGED, {"active": True, "audio": f"{stem.name}.ulaw", "by": by})])
    await asyncio.to_thread(partial(needs.notice.switch_on, stem, by=by))
    return "notice.saved"


async def _switch_off(journal: CallJournal, needs: Dependencies, by: str) -> str:
    await journal.write([(EntryKind.NOTICE_CHANGED, {"active": False, "audio": "", "by": by})])
    await asyncio.to_thread(needs.notice.switch_off)
    return "notice.off"
