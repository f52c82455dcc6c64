"""Tells the roster what operators' telephones did while nobody listened: the console was down, or its link to the PBX.

CEL is the truth about that. Each desk goes through what it missed at the times at which it happened, so that rings,
conversations and wrap-ups of an outage are on record as if the console had been there. A moment that a desk has
already taken in is older than its state and changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from agent_console.operators.desk import State
from agent_console.operators.roster import Roster
from agent_console.operators.states import Signal
from cases.phone_moments import Moment, PhoneMoment
from storage import phone_history
from storage.database import Database

FARTHEST: Final = timedelta(hours=6)
"""How far back is read: a desk that has been ready for longer missed nothing before."""
_ENDS_RING: Final = {Moment.IGNORED: Signal.MISS, Moment.OVER: Signal.END}


async def catch_up(roster: Roster, database: Database, now: datetime) -> None:
    """Take in everything until `now` that CEL holds. Raises DatabaseDown: what was taken in until then stands."""
    at_work = [desk for desk in roster.desks() if desk.state is not State.OFFLINE]
    if not at_work:
        return
    async with database.read() as connection:
        since = max(min(desk.since for desk in at_work), now - FARTHEST)
        moments = await phone_history.moments_since(connection, since)
    await take_in(roster, moments)


async def take_in(roster: Roster, moments: Iterable[PhoneMoment]) -> None:
    """Tell the roster the moments, which come in order of time."""
    talking: defaultdict[str, set[str]] = defaultdict(set)
    for moment in moments:
        channels = talking[moment.extension]
        if moment.what is Moment.TALKS:
            channels.add(moment.channel)
        elif moment.what is Moment.GONE:
            channels.discard(moment.channel)
        signal = await _meaning(roster, moment, others=bool(channels))
        if signal is not None:
            facts = {"linkedid": moment.linkedid, "queue": moment.queue, "outside": moment.outside}
            await roster.tell(moment.extension, signal, moment.at, **facts)


async def _meaning(roster: Roster, moment: PhoneMoment, *, others: bool) -> Signal | None:
    """Return what a moment means to the desk as it was then; None: it knows, or it is none of its own."""
    desk = roster.desk(moment.extension)
    if desk is None or moment.at <= desk.since:
        return None
    await roster.pass_time(moment.extension, moment.at)
    desk = roster.desk(moment.extension)
    if desk is None:
        return None
    match moment.what:
        case Moment.RINGS:
            return Signal.RING
        case Moment.TALKS:
            return Signal.ANSWER
        case Moment.GONE:
            return Signal.END if desk.state is State.TALKING and not others else None
        case Moment.IGNORED | Moment.OVER:
            mine = desk.state is State.RINGING and desk.linkedid == moment.linkedid
            return _ENDS_RING[moment.what] if mine else None
