"""Route `inbound`: the menu, from the recording announcement to a destination of the dialplan.

on_failure = human_queue: a store that is down hands the caller to a person (the flow's nodes say so); a fault of this
server leaves IVR_DONE unset, and the dialplan goes on to the second server, then to the fallback queue.
"""

from __future__ import annotations

from agi.arrival import Arrival
from agi.call_driver import CallDriver, CallFacts
from agi.call_journal import CallJournal, StepCounter
from agi.channel import AgiChannel
from agi.dependencies import Dependencies
from agi.phone import Phone
from calls.channel_variables import AgiRoute, Destination
from calls.journal_entries import EntryKind


async def inbound(channel: AgiChannel, needs: Dependencies, steps: StepCounter) -> None:
    """Serve one caller; on the second server go on where the first one stopped."""
    arrival = Arrival.read(channel.fields)
    town = needs.town()
    journal = CallJournal(needs.journal, steps, needs.clock, needs.node, arrival.linkedid, AgiRoute.INBOUND)
    earlier = await journal.earlier() if arrival.resumed else ()
    phone = Phone(channel, needs.sounds, town.default_language, needs.deadlines)
    call = CallFacts(arrival.linkedid, arrival.subject, arrival.caller)
    arrived = {
        "caller": arrival.caller,
        "did": arrival.subject,
        "uniqueid": arrival.uniqueid,
        "route": AgiRoute.INBOUND,
        "recording": arrival.uniqueid,
    }
    opening = () if earlier else ((EntryKind.CALL_ARRIVED, arrived),)
    end = await CallDriver(call, phone, journal, town, needs).run(AgiRoute.INBOUND, journal.left_at(earlier), opening)
    await phone.leave(
        end.destination,
        queue=end.queue if end.destination == Destination.QUEUE and end.queue != town.default_queue else "",
        priority=end.priority,
        language=phone.language if phone.language != town.default_language else "",
    )
