"""Route `order`: reads an order to a crew or a duty phone and takes the key that acknowledges it.

on_failure = continue: without an answer in the journal the order counts as not taken, and dispatch climbs its ladder.
Keys: 1 taken, 2 more time, 3 hand over, 9 repeat. The answer is on the disk before it is confirmed by voice.
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
from ivr.prompts import Prompt, PromptId, Sound

_ANSWERS: Final = {
    "1": ("acknowledged", "order.taken"),
    "2": ("more_time", "order.more_time"),
    "3": ("handed_over", "order.handed_over"),
}
_REPEAT: Final = "9"
_MOST_READINGS: Final = 8
_ROUNDS: Final = 2
_SILENCE_S: Final = 8.0


async def order(channel: AgiChannel, needs: Dependencies, steps: StepCounter) -> None:
    """Read the order whose id is the call's subject until a key answers it, nobody does, or the call ends."""
    arrival = Arrival.read(channel.fields)
    script = needs.orders.get(arrival.subject)
    phone = Phone(channel, needs.sounds, script.language, needs.deadlines)
    journal = CallJournal(needs.journal, steps, needs.clock, needs.node, arrival.linkedid, AgiRoute.ORDER)
    if arrival.resumed and any(entry.kind is EntryKind.ORDER_ANSWERED for entry in await journal.earlier()):
        await phone.leave(Destination.HANGUP)
        return
    keys: list[str] = []
    try:
        outcome, said = await _ask(phone, script, keys)
    except CallerGone:
        await _answered(journal, arrival, script, keys, "wrong_key" if keys else "no_key")
        raise
    await _answered(journal, arrival, script, keys, outcome)
    await phone.say([PromptId(said)])
    await phone.leave(Destination.HANGUP)


async def _ask(phone: Phone, script: OrderToRead, keys: list[str]) -> tuple[str, str]:
    """Return (outcome, prompt to end with). Every key pressed is added to `keys`."""
    text: list[Prompt] = [
        PromptId("order.intro"),
        *(Sound(str(path)) for path in script.sounds),
        PromptId("order.keys"),
    ]
    said, rounds = text, 0
    for _ in range(_MOST_READINGS):
        key = (await phone.ask(said, most_keys=1, silence=_SILENCE_S)).keys
        keys.append(key)
        if key in _ANSWERS:
            return _ANSWERS[key]
        if key == _REPEAT:
            said = text
            continue
        rounds += 1
        if rounds >= _ROUNDS:
            break
        said = [PromptId("order.wrong_key"), *text] if key else text
    return ("wrong_key" if any(keys) else "no_key"), "order.no_key"


async def _answered(journal: CallJournal, arrival: Arrival, script: OrderToRead, keys: list[str], outcome: str) -> None:
    data = {"order": arrival.subject, "attempt": script.attempt, "keys": "".join(keys), "outcome": outcome}
    await journal.write([(EntryKind.ORDER_ANSWERED, data)])
