"""Parts of a conversation, judged from CEL rows: who talked, held, consulted, conferred, from when to when.

Only bridges count: who is in a bridge with whom. So a part cannot be counted twice, however often the rows are read,
and an operator's talk ends when their telephone leaves, whoever goes on talking with the caller. Pure; must not know
SQL.

A channel in a bridge with the caller talks; with the caller and a third one it is in a conference; with somebody else
only, it consults. An operator who has talked with the caller, is still there and is not with them, holds them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from calls.cel import CelRow

SHORTEST: Final = timedelta(milliseconds=300)
"""A gap that the telephone exchange needs to move somebody, or to end two channels one after the other, is no part of
its own."""


class SegmentKind(StrEnum):
    """What an operator did."""

    TALK = "talk"
    HOLD = "hold"
    CONSULT = "consult"
    CONFERENCE = "conference"


_IN_PASSING: Final = frozenset({SegmentKind.HOLD, SegmentKind.CONFERENCE})
"""What moving somebody looks like for a moment."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One part. `ended_at` None: it goes on."""

    operator: str
    kind: SegmentKind
    began_at: datetime
    ended_at: datetime | None


@dataclass(slots=True)
class _Channel:
    uniqueid: str
    extension: str | None
    bridge: str | None = None
    alive: bool = True
    talked: bool = False
    holds: bool = False
    """The telephone itself put the line on hold (SIP)."""


def segments_of(rows: Sequence[CelRow], *, ended_at: datetime | None = None) -> list[Segment]:
    """Return the parts in order of time; `rows` in order of time. `ended_at`: when the call is known to be over."""
    channels: dict[str, _Channel] = {}
    states: dict[str, tuple[SegmentKind, datetime]] = {}
    found: list[Segment] = []
    for at, moment in _moments(rows):
        for row in moment:
            _apply(channels, row)
        caller = _caller(channels)
        now = {one.uniqueid: kind for one in channels.values() if (kind := _kind(one, channels, caller)) is not None}
        for uniqueid, (kind, since) in list(states.items()):
            if now.get(uniqueid) is not kind:
                _add(found, channels[uniqueid].extension or "", kind, since, at)
                del states[uniqueid]
        for uniqueid, kind in now.items():
            states.setdefault(uniqueid, (kind, at))
    for uniqueid, (kind, since) in states.items():
        _add(found, channels[uniqueid].extension or "", kind, since, ended_at)
    return sorted(_joined(found), key=lambda one: (one.began_at, one.operator))


def _moments(rows: Iterable[CelRow]) -> Iterable[tuple[datetime, list[CelRow]]]:
    """Take together what happened at one instant: two channels enter a bridge one after the other."""
    at: datetime | None = None
    moment: list[CelRow] = []
    for row in rows:
        if at is not None and row.at != at:
            yield at, moment
            moment = []
        at = row.at
        moment.append(row)
    if at is not None:
        yield at, moment


def _apply(channels: dict[str, _Channel], row: CelRow) -> None:
    # Only telephones are people: Local and Surrogate channels are the exchange's own.
    if row.event == "CHAN_START" and row.channel.startswith("PJSIP/"):
        channels.setdefault(row.uniqueid, _Channel(row.uniqueid, row.extension))
    elif row.event == "BRIDGE_ENTER" and row.channel.startswith("PJSIP/"):
        # A channel that came from another call (attended transfer by the telephone) began there.
        one = channels.setdefault(row.uniqueid, _Channel(row.uniqueid, row.extension))
        one.bridge = str(row.data.get("bridge_id", ""))
    elif row.uniqueid in channels:
        one = channels[row.uniqueid]
        if row.event == "BRIDGE_EXIT":
            one.bridge = None
        elif row.event in {"HANGUP", "CHAN_END"}:
            one.bridge, one.alive = None, False
        elif row.event in {"HOLD", "UNHOLD"}:
            one.holds = row.event == "HOLD"
    if row.event == "LINKEDID_END":
        for one in channels.values():
            one.bridge, one.alive = None, False


def _caller(channels: dict[str, _Channel]) -> str | None:
    """Return the channel that is no operator's telephone; a call among colleagues has none."""
    outside = [one for one in channels.values() if one.extension is None]
    return outside[0].uniqueid if outside else None


def _kind(one: _Channel, channels: dict[str, _Channel], caller: str | None) -> SegmentKind | None:
    if one.extension is None or not one.alive:
        return None
    others = [it for it in channels.values() if it is not one and it.bridge is not None and it.bridge == one.bridge]
    who = channels.get(caller or "")
    if one.bridge is not None and others:
        if who is not None and who not in others:
            return SegmentKind.CONSULT
        one.talked = True
        if one.holds:
            return SegmentKind.HOLD
        return SegmentKind.CONFERENCE if len(others) > 1 else SegmentKind.TALK
    return SegmentKind.HOLD if one.talked and who is not None and who.alive else None


def _add(found: list[Segment], operator: str, kind: SegmentKind, since: datetime, until: datetime | None) -> None:
    if until is not None and until - since < SHORTEST and kind in _IN_PASSING:
        return
    if until is None or until > since:
        found.append(Segment(operator, kind, since, until))


def _joined(found: Iterable[Segment]) -> list[Segment]:
    """Close the gaps that moving somebody left between two parts of one kind."""
    last: dict[str, Segment] = {}
    done: list[Segment] = []
    for one in sorted(found, key=lambda each: (each.began_at, each.operator)):
        before = last.get(one.operator)
        if before and before.kind is one.kind and before.ended_at and one.began_at - before.ended_at < SHORTEST:
            one = Segment(one.operator, one.kind, before.began_at, one.ended_at)
        elif before is not None:
            done.append(before)
        last[one.operator] = one
    return [*done, *last.values()]
