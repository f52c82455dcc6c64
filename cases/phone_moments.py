"""What an operator's telephone went through in a call, moment by moment, out of CEL rows: for who was not listening.

The same moments that AMI tells while it is heard (ami/translate.py). Only a queue's ring counts as one; a telephone
speaks from its first bridge on. Pure; must not know SQL, nor what an operator's state is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from calls.cel import CelRow

_ELSEWHERE: Final = 26
"""Q.850: somebody else answered."""
_TOGETHER: Final = timedelta(seconds=1)
"""A caller who hangs up ends the ring this much before the end of their own channel, at most."""


class Moment(StrEnum):
    """RINGS, then TALKS and GONE, or IGNORED (the caller goes on waiting), or OVER (there is nobody to answer)."""

    RINGS = "rings"
    TALKS = "talks"
    GONE = "gone"
    IGNORED = "ignored"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class PhoneMoment:
    """One moment of one channel of an operator's telephone. `outside`: somebody waited in a queue in this call."""

    at: datetime
    extension: str
    what: Moment
    channel: str
    linkedid: str
    queue: str = ""
    outside: bool = False


def phone_moments(rows: Sequence[CelRow]) -> list[PhoneMoment]:
    """Return the moments of one call's operators; `rows` in order of time."""
    return list(_moments(rows))


def _moments(rows: Sequence[CelRow]) -> Iterator[PhoneMoment]:
    ends = {row.uniqueid: row.at for row in rows if row.event == "HANGUP"}
    queue, waits = "", False
    ringing: set[str] = set()
    talking: set[str] = set()
    for row in rows:
        if row.extension is None:
            if row.application == "queue" and row.event == "APP_START":
                queue, waits = str(row.data.get("exten", "")), True
            elif row.event == "BRIDGE_ENTER" or (row.application == "queue" and row.event == "APP_END"):
                waits = False
            continue
        what = None
        if row.event == "CHAN_START" and waits and row.data.get("exten") == "s":
            ringing.add(row.uniqueid)
            what = Moment.RINGS
        elif row.event == "BRIDGE_ENTER" and row.uniqueid not in talking:
            ringing.discard(row.uniqueid)
            talking.add(row.uniqueid)
            what = Moment.TALKS
        elif row.event == "HANGUP" and row.uniqueid in talking:
            talking.discard(row.uniqueid)
            what = Moment.GONE
        elif row.event == "HANGUP" and row.uniqueid in ringing:
            ringing.discard(row.uniqueid)
            what = Moment.IGNORED if waits and _goes_on(row, ends) else Moment.OVER
        if what is not None:
            yield PhoneMoment(row.at, row.extension, what, row.channel, row.linkedid, queue, bool(queue))


def _goes_on(end_of_ring: CelRow, ends: Mapping[str, datetime]) -> bool:
    """Say whether the caller went on waiting after a ring ended."""
    left = ends.get(end_of_ring.linkedid)
    gave_up = left is not None and left - end_of_ring.at <= _TOGETHER
    return not gave_up and end_of_ring.data.get("hangupcause") != _ELSEWHERE
