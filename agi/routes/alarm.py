"""Route `alarm`: reads an alarm to a duty telephone and takes the key: 1 taken, 3 the next person, 9 repeat.

on_failure = continue: without an answer in the journal the alarm counts as not taken, and the next telephone is rung.
The answer is on the disk before it is confirmed by voice.
"""

from __future__ import annotations

from typing import Final

from agi.arrival import Arrival
from agi.call_journal import CallJournal, StepCounter
from agi.channel import AgiChannel, CallerGone
from agi.dependencies import Dependencies
from agi.phone import Phone
from calls.channel_variables import AgiRoute, Destination
from calls.journal_entries import EntryKind
from calls.ports import OrderToRead
from ivr.prompts import Prompt, Sound

_ANSWERS: Final = {"1": "acknowledged", "3": "handed_over"}
_REPEAT: Final = "9"
_MOST_READINGS: Final = 6
_ROUNDS: Final = 2
_SILENCE_S: Final = 6.0


async def alarm(channel: AgiChannel, needs: Dependencies, steps: StepCounter) -> None:
    """Read the alarm whose script is the call's subject until a key answers it, nobody does, or the call ends."""
    arrival = Arrival.read(channel.fields)
    script = needs.orders.get(arrival.subject)
    phone = Phone(channel, needs.sounds, script.language, needs.deadlines)
    journal = CallJournal(needs.journal, steps, needs.clock, needs.node, arrival.linkedid, AgiRoute.ALARM)
    if arrival.resumed and any(entry.kind is EntryKind.ALARM_ANSWERED for entry in await journal.earlier()):
        await phone.leave(Destination.HANGUP)
        return
    keys: list[str] = []

    async def answered(outcome: str) -> None:
        data = {"alarm": arrival.subject, "attempt": script.attempt, "keys": "".join(keys), "outcome": outcome}
        await journal.write([(EntryKind.ALARM_ANSWERED, data)])

    try:
        outcome = await _ask(phone, script, keys)
    except CallerGone:
        await answered("wrong_key" if keys else "no_key")
        raise
    await answered(outcome)
    await phone.say([Sound(str(script.replies[outcome]))])
    await phone.leave(Destination.HANGUP)


async def _ask(phone: Phone, script: OrderToRead, keys: list[str]) -> str:
    text: list[Prompt] = [Sound(str(path)) for path in script.sounds]
    said, rounds = text, 0
    for _ in range(_MOST_READINGS):
        key = (await phone.ask(said, most_keys=1, silence=_SILENCE_S)).keys
        if key:
            keys.append(key)
        if key in _ANSWERS:
            return _ANSWERS[key]
        if key == _REPEAT:
            said = text
            continue
        rounds += 1
        if rounds >= _ROUNDS:
            break
        said = [Sound(str(script.replies["wrong_key"])), *text] if key else text
    return "no_key"
