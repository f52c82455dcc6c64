"""What happens to a desk: one table of states and signals. Pure: time is passed in, nothing is stored or sent here.

Rules: (1) what an operator wants (ready, paused, offline) and what their phone does are two things; a call interrupts
what is wanted and gives it back when it is over. (2) A signal that the table does not list for a state is refused,
never half applied. (3) Whoever is at a console is ready only while the console is there. (4) Nothing but the operator
or a supervisor ends a session: silence, refusals and lost consoles pause, they never log out. (5) What has a time limit
ends at that moment, however late it is looked at, so that a record made after an outage is as true as one made in time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from typing import Final

from agent_console.operators.desk import CONNECTION, UNANSWERED, Desk, State, Wanted
from cases.desk_rules import DeskRules


class Signal(StrEnum):
    """What may happen. The first five are asked for, the rest are told by the PBX, the clock and the console.

    PUT_THROUGH: whom a colleague's telephone rang on a line of its own has that colleague's caller now.
    """

    READY = "ready"
    PAUSE = "pause"
    OFFLINE = "offline"
    OUTCOME = "outcome"
    EXTEND = "extend"
    RING = "ring"
    ANSWER = "answer"
    PUT_THROUGH = "put_through"
    MISS = "miss"
    END = "end"
    TIME_UP = "time_up"
    LOST = "lost"
    BACK = "back"


class Next(Enum):
    """Where a signal leads when that depends on more than the state."""

    SAME = "the state goes on; what is wanted afterwards may have changed"
    WANTED = "what the operator wants; LOST when that is ready and there is no console"
    AFTER_TALK = "wrap-up where one is due, else WANTED"
    AFTER_RING = "the wrap-up that the ring broke into, if it still lasts, else WANTED"


_S, _N = State, Next
_Row = dict[Signal, State | Next]
_WANTS: Final[_Row] = {Signal.READY: _N.WANTED, Signal.PAUSE: _N.WANTED, Signal.OFFLINE: _N.WANTED}
_WANTS_LATER: Final[_Row] = {Signal.READY: _N.SAME, Signal.PAUSE: _N.SAME, Signal.OFFLINE: _N.SAME}
_PHONE: Final[_Row] = {Signal.RING: _S.RINGING, Signal.ANSWER: _S.TALKING, Signal.MISS: _N.WANTED}
_TAB: Final[_Row] = {Signal.LOST: _N.SAME, Signal.BACK: _N.SAME}

TABLE: Final[dict[State, _Row]] = {
    _S.OFFLINE: _WANTS,
    _S.READY: {**_WANTS, **_PHONE, Signal.LOST: _N.WANTED, Signal.BACK: _N.SAME},
    _S.PAUSED: {**_WANTS, **_PHONE, **_TAB, Signal.TIME_UP: _N.WANTED},
    _S.LOST: {**_WANTS, **_PHONE, Signal.BACK: _N.WANTED, Signal.TIME_UP: _S.PAUSED},
    _S.RINGING: {
        **_WANTS_LATER, **_TAB, Signal.RING: _S.RINGING, Signal.ANSWER: _S.TALKING, Signal.MISS: _N.AFTER_RING,
        Signal.END: _N.AFTER_RING, Signal.OUTCOME: _N.SAME,
    },
    _S.TALKING: {**_WANTS_LATER, **_TAB, Signal.PUT_THROUGH: _N.SAME, Signal.END: _N.AFTER_TALK},
    _S.WRAPUP: {
        **_WANTS_LATER, **_TAB, Signal.OUTCOME: _N.WANTED, Signal.EXTEND: _N.SAME, Signal.TIME_UP: _N.WANTED,
        Signal.RING: _S.RINGING, Signal.ANSWER: _S.TALKING,
    },
}  # fmt: skip


class NotNow(ValueError):
    """The signal means nothing in this state; `str(error)` says so."""


class NoMoreTime(NotNow):
    """The wrap-up has been extended as often as it may be."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The town's times and counts. A wrap-up of zero length does not take place; `pause_after` 0: never."""

    wrap_up: timedelta = timedelta(seconds=60)
    extend: timedelta = timedelta(seconds=60)
    extensions: int = 2
    pause_after: int = 3
    return_after: timedelta = timedelta(minutes=2)
    console_return: timedelta = timedelta(minutes=15)

    @classmethod
    def of(cls, rules: DeskRules) -> Limits:
        """Return the limits that a town's rules name."""
        return cls(
            wrap_up=timedelta(seconds=rules.wrap_up.seconds),
            extend=timedelta(seconds=rules.wrap_up.extend_seconds),
            extensions=rules.wrap_up.extensions,
            pause_after=rules.unanswered.pause_after,
            return_after=timedelta(seconds=rules.unanswered.return_after_seconds),
            console_return=timedelta(minutes=rules.console_return_minutes),
        )


def apply(desk: Desk, signal: Signal, at: datetime, limits: Limits, **facts: object) -> Desk:
    """Return the desk after a signal. Raises NotNow.

    `facts`: READY, PAUSE, OFFLINE: `wanted`; RING, ANSWER, PUT_THROUGH: `linkedid`, `queue`, `outside`.
    """
    target = TABLE[desk.state].get(signal)
    if target is None:
        raise NotNow(f"{signal.value} means nothing while {desk.state.value}")
    at = max(at, desk.since)
    after = _told(desk, signal, at, limits, facts)
    if signal is Signal.MISS and after.wanted == desk.wanted and desk.state is not State.RINGING:
        return after  # only counted
    match target:
        case Next.SAME:
            pass
        case Next.AFTER_TALK if after.wraps_up and after.outside and limits.wrap_up:
            after = replace(after, state=State.WRAPUP, until=at + limits.wrap_up, extended=0)
        case Next.AFTER_RING if after.wrapping and after.until is not None and after.until > at:
            call, queue = after.wrapping, after.wrapping_queue
            after = replace(after, state=State.WRAPUP, linkedid=call, queue=queue, outside=True)
            after = replace(after, wrapping="", wrapping_queue="")
        case Next.AFTER_TALK | Next.AFTER_RING | Next.WANTED:
            after = _as_wanted(after, at)
        case State.RINGING if after.wrapping:
            after = replace(after, state=target)
        case _:
            after = replace(after, state=target, until=None, wrapping="", wrapping_queue="")
    goes_on = (after.state, after.activity) == (desk.state, desk.activity)
    return replace(after, since=desk.since if goes_on else at)


def _told(desk: Desk, signal: Signal, at: datetime, limits: Limits, facts: dict[str, object]) -> Desk:
    """Take in what the signal says, whatever the state."""
    match signal:
        case Signal.READY | Signal.PAUSE | Signal.OFFLINE:
            wanted = facts["wanted"]
            assert isinstance(wanted, Wanted)  # noqa: S101 - a programming mistake, not an input
            return replace(desk, wanted=wanted, misses=0)
        case Signal.RING | Signal.ANSWER | Signal.PUT_THROUGH:
            linkedid, queue = str(facts.get("linkedid", "")), str(facts.get("queue", ""))
            same = linkedid == desk.linkedid
            if signal is Signal.RING and desk.state is State.WRAPUP:
                desk = replace(desk, wrapping=desk.linkedid, wrapping_queue=desk.queue)
            return replace(
                desk,
                linkedid=linkedid,
                queue=queue or (desk.queue if same else ""),
                outside=bool(facts.get("outside")) or (same and desk.outside),
                misses=desk.misses if signal is Signal.RING else 0,
                extended=desk.extended if signal is Signal.RING else 0,
            )
        case Signal.OUTCOME if desk.state is State.RINGING:
            if not desk.wrapping:
                raise NotNow("there is no wrap-up while it rings")
            return replace(desk, wrapping="", wrapping_queue="", until=None)
        case Signal.MISS:
            misses = desk.misses + 1
            if limits.pause_after and misses >= limits.pause_after and desk.wanted.state is State.READY:
                pause = Wanted(State.PAUSED, UNANSWERED, at + limits.return_after)
                return replace(desk, misses=0, wanted=pause)
            return replace(desk, misses=misses)
        case Signal.EXTEND:
            if desk.extended >= limits.extensions or desk.until is None:
                raise NoMoreTime(f"a wrap-up is extended at most {limits.extensions} times")
            return replace(desk, extended=desk.extended + 1, until=desk.until + limits.extend)
        case Signal.LOST:
            return replace(desk, away=desk.away or at)
        case Signal.BACK:
            return replace(desk, away=None)
        case Signal.TIME_UP if desk.state is State.PAUSED:
            return replace(desk, wanted=Wanted(State.READY))
        case Signal.TIME_UP if desk.state is State.LOST:
            return replace(desk, wanted=Wanted(State.PAUSED, CONNECTION))
        case _:
            return desk


def _as_wanted(desk: Desk, at: datetime) -> Desk:
    wanted = desk.wanted
    if wanted.state is State.PAUSED and wanted.until is not None and wanted.until <= at:
        wanted = Wanted(State.READY)
    state = State.LOST if wanted.state is State.READY and desk.away is not None else wanted.state
    free = replace(desk, state=state, wanted=wanted, until=None, linkedid="", queue="", outside=False, extended=0)
    return replace(free, wrapping="", wrapping_queue="")


def deadline(desk: Desk, limits: Limits) -> datetime | None:
    """Return when the state ends by itself (TIME_UP); None: never."""
    match desk.state:
        case State.WRAPUP:
            return desk.until
        case State.PAUSED:
            return desk.wanted.until
        case State.LOST:
            return max(desk.away or desk.since, desk.since) + limits.console_return
        case _:
            return None


def pass_time(desk: Desk, now: datetime, limits: Limits) -> Iterator[tuple[datetime, Desk]]:
    """Yield (moment, desk after it) for each time limit that has passed, in order, each at its own moment."""
    while (due := deadline(desk, limits)) is not None and due <= now:
        moment = max(due, desk.since)
        desk = apply(desk, Signal.TIME_UP, moment, limits)
        yield moment, desk
