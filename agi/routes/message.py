"""Route `message`: nobody was free, or nobody is there now; the caller leaves a message that becomes a case at once.

on_failure = recorder: when the flow fails, IVR_DONE stays unset, and the dialplan goes on to the second server, then to
the last resort. It must not send the caller back to the queue that nobody answered, where this would begin anew; for
the same reason a caller is sent to the queue from here twice at most.
"""

from __future__ import annotations

import logging

from agi.arrival import Arrival
from agi.call_driver import CallDriver, CallFacts
from agi.call_journal import CallJournal, StepCounter
from agi.channel import AgiChannel
from agi.dependencies import Dependencies
from agi.phone import Phone
from calls.channel_variables import AgiRoute, Destination
from calls.journal_entries import EntryKind, language_of

_log = logging.getLogger(__name__)
_MOST_ENDS = 3


async def message(channel: AgiChannel, needs: Dependencies, steps: StepCounter) -> None:
    """Take one caller's message in the language chosen before; on the second server go on where the first stopped."""
    arrival = Arrival.read(channel.fields)
    town = needs.town()
    journal = CallJournal(needs.journal, steps, needs.clock, needs.node, arrival.linkedid, AgiRoute.MESSAGE)
    earlier = await journal.earlier()
    phone = Phone(channel, needs.sounds, language_of(earlier) or town.default_language, needs.deadlines)
    call = CallFacts(arrival.linkedid, arrival.subject, arrival.caller)
    driver = CallDriver(call, phone, journal, town, needs)
    end = await driver.run(AgiRoute.MESSAGE, journal.left_at(earlier) if arrival.resumed else None)
    if driver.flow_failed:
        _log.error("message %s: the flow failed (%s); on to the recorder", arrival.linkedid, end.reason)
        return
    ended_before = sum(entry.kind is EntryKind.FLOW_ENDED for entry in earlier)
    again = end.destination == Destination.QUEUE and ended_before < _MOST_ENDS
    await phone.leave(Destination.QUEUE if again else Destination.HANGUP)
