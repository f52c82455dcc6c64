"""Route `callback`: a caller who waits pressed the key to be called back. Asks which number, and keeps the place.

on_failure = queue: whatever fails, the caller goes back into the queue, to the place that the whole wait has earned.
The wish is on the disk before "we will call you" is said.
"""

from __future__ import annotations

import logging
from typing import Final

from agi.arrival import Arrival
from agi.call_journal import CallJournal, StepCounter
from agi.channel import AgiChannel
from agi.dependencies import Dependencies
from agi.phone import Phone
from calls.caller import Caller, CallerKind
from calls.channel_variables import AgiRoute, Destination
from calls.journal_entries import EntryKind, language_of
from cases.callbacks import Callback, PlaceInLine
from ivr.prompts import Digits, Prompt, PromptId

_log = logging.getLogger(__name__)

_YES: Final = "1"
_ANOTHER: Final = "2"
_TRIES: Final = 2
_MOST_KEYS: Final = 15
_SILENCE_S: Final = 5.0


async def callback(channel: AgiChannel, needs: Dependencies, steps: StepCounter) -> None:
    """Take the wish, or send the caller back to the queue."""
    arrival = Arrival.read(channel.fields)
    place = PlaceInLine.parse(arrival.subject)
    town = needs.town()
    journal = CallJournal(needs.journal, steps, needs.clock, needs.node, arrival.linkedid, AgiRoute.CALLBACK)
    earlier = await journal.earlier()
    phone = Phone(channel, needs.sounds, language_of(earlier) or town.default_language, needs.deadlines)
    if any(entry.kind is EntryKind.CALLBACK_ASKED for entry in earlier):
        await _promise(phone)
        return
    number = "" if town.callback is None else await _number(phone, town.callback, arrival.caller, town.country_code)
    if number:
        wish = {
            "caller": number,
            "queue": place.queue,
            "queued_at": place.queued_at,
            "priority": place.priority,
            "language": phone.language,
        }
        try:
            await journal.write([(EntryKind.CALLBACK_ASKED, wish)])
        except OSError as error:
            _log.critical(
                "%s: a wish to be called back is on no disk, so it is not promised: %s", arrival.linkedid, error
            )
        else:
            await _promise(phone)
            return
    await phone.say([PromptId("callback.back_to_queue")])
    await phone.leave(Destination.QUEUE)


async def _promise(phone: Phone) -> None:
    await phone.say([PromptId("callback.promised")])
    await phone.leave(Destination.HANGUP)


async def _number(phone: Phone, rules: Callback, presented: str, region: str) -> str:
    """Return the number that the caller confirmed, E.164; an empty string when there is none that may be called."""
    number = rules.number_of(presented, region)
    for _ in range(_TRIES):
        if number:
            shown = "".join(filter(str.isdigit, Caller(CallerKind.NUMBER, number).grouped(region)))
            asked: list[Prompt] = [PromptId("callback.on_number"), Digits(shown), PromptId("callback.confirm")]
            key = (await phone.ask(asked, most_keys=1, silence=_SILENCE_S)).keys
            if key == _YES:
                return number
            if key != _ANOTHER:
                return ""
        keyed = await phone.ask([PromptId("callback.key_number")], most_keys=_MOST_KEYS, silence=_SILENCE_S)
        number = rules.number_of(keyed.keys, region)
        if not number:
            await phone.say([PromptId("callback.not_allowed")])
    return ""
