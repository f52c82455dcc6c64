"""Route `callback_turn`: an operator has been reached for a callback; may this attempt ring the citizen?

on_failure = continue: without the lock nobody is dialled, so that a citizen is never rung twice; the wish stays open,
and its next turn comes. Subject: the callback's number.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from agi.arrival import Arrival
from agi.call_journal import StepCounter
from agi.channel import AgiChannel
from agi.dependencies import Dependencies
from agi.phone import Phone
from calls.channel_variables import Destination

_log = logging.getLogger(__name__)
_LOCK_TIME: Final = 1.5


async def callback_turn(channel: AgiChannel, needs: Dependencies, steps: StepCounter) -> None:
    """Take the turn, or let the call end."""
    arrival = Arrival.read(channel.fields)
    phone = Phone(channel, needs.sounds, needs.town().default_language, needs.deadlines)
    try:
        async with asyncio.timeout(_LOCK_TIME):
            mine = await needs.callback_turns.take(int(arrival.subject), arrival.linkedid)
    except (TimeoutError, OSError, ValueError) as error:
        _log.error("%s: callback %s is not dialled: %r", arrival.linkedid, arrival.subject[:20], error)
        mine = False
    await phone.leave(Destination.DIAL if mine else Destination.HANGUP)
