"""What became of each call of a simulated day, judged from the script and the books of both telephones. Pure.

A caller's book (SIPp's log) says when he called, pressed, was hung up on or left; an operator's book says when which
number rang, was answered and was over. Nothing that the product stored is looked at. A call that a fault touched has no
known end: it may be anything (not `sure`), or may have gone any way through the menu (not `way_sure`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from centrala.drill.day_books import Ring, Seen
from centrala.drill.day_script import Caller, Plan

TOLERANCE: Final = 1.0
"""Seconds by which one length may differ: telephone and exchange see an answer or an end at different moments."""
_CONNECTING: Final = 0.5
"""Seconds of the sentence between the key and the queue (a drill's sounds are half a second long)."""
_MENU_AFTER_KEY: Final = 3.0
_SHORT: Final = 5.0


@dataclass(frozen=True, slots=True)
class Bounds:
    """A number that lies between two others."""

    low: float
    high: float

    def __add__(self, other: Bounds) -> Bounds:
        return Bounds(self.low + other.low, self.high + other.high)

    def holds(self, value: float) -> bool:
        """Say whether `value` lies between, to the rounding of a report."""
        return self.low - 0.002 <= value <= self.high + 0.002


NOTHING: Final = Bounds(0.0, 0.0)


def length(began: float, ended: float) -> Bounds:
    """Return a length in seconds, as exactly as it is known."""
    seconds = max(0.0, ended - began)
    return Bounds(max(0.0, seconds - TOLERANCE), seconds + TOLERANCE)


@dataclass(frozen=True, slots=True)
class Window:
    """A fault, from its doing until normal service. What it does to calls: see `day_faults.py`.

    `menu`: callers in the menu may lose a key. `lines`: every line breaks. `refuses`: new calls may be refused.
    """

    name: str
    began: float
    ended: float
    menu: bool = False
    lines: bool = False
    refuses: bool = False

    def meets(self, began: float, ended: float) -> bool:
        """Say whether it touches a stretch of time."""
        return began <= self.ended and ended >= self.began


@dataclass(frozen=True, slots=True)
class Talk:
    """One operator's part of a call."""

    extension: str
    seconds: Bounds


@dataclass(frozen=True, slots=True)
class TrueCall:
    """One call. `fate` and `waited` are None for a caller who never asked for a person."""

    number: str
    outcome: str
    sure: bool = True
    way_sure: bool = True
    way: tuple[str, ...] = ()
    last: str = ""
    fate: str | None = None
    waited: Bounds | None = None
    talks: tuple[Talk, ...] = ()


@dataclass(slots=True)
class Truth:
    """All calls. `strange`: sentences about calls that went another way than any plan, and no fault excuses it."""

    calls: list[TrueCall] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)


_MENU_OUTCOMES: Final[Mapping[Plan, str]] = {
    Plan.LANGUAGE: "abandoned_menu",
    Plan.MENU: "abandoned_menu",
    Plan.TOPICS: "abandoned_menu",
    Plan.INFORMATION: "information",
    Plan.STATUS: "status_told",
}


def judge_day(
    callers: Mapping[str, Caller], seen: Sequence[Seen], rings: Iterable[Ring], windows: Sequence[Window]
) -> Truth:
    """Judge every call whose caller called."""
    at_phones: defaultdict[str, list[Ring]] = defaultdict(list)
    for ring in sorted(rings, key=lambda one: one.at):
        at_phones[ring.number].append(ring)
    truth = Truth()
    for one in seen:
        own = [ring for ring in at_phones[one.number] if not one.ended or ring.at < one.ended]
        _judge(truth, callers[one.number], one, own, windows)
    return truth


def _judge(truth: Truth, caller: Caller, one: Seen, rings: Sequence[Ring], windows: Sequence[Window]) -> None:
    over = one.ended or float("inf")
    broken = any(window.lines and window.meets(one.called, over) for window in windows)
    refused = any(window.refuses and window.meets(one.called, one.called) for window in windows)
    if not one.answered:
        if broken or refused:
            truth.calls.append(TrueCall(one.number, "", sure=False, way_sure=False))
        else:
            truth.strange.append(f"{one.number} was not answered")
        return
    talks = tuple(_talk(ring, windows) for ring in rings if ring.answered)
    if broken:
        truth.calls.append(TrueCall(one.number, "", sure=False, way_sure=False, talks=talks))
        return
    if not one.ended:
        truth.strange.append(f"{one.number} came to no end")
        return
    in_menu = min(over, (one.keyed[-1] if one.keyed else one.answered) + _MENU_AFTER_KEY)
    touched = any(window.menu and window.meets(one.called, in_menu) for window in windows)
    pressed = len(caller.keys.replace("w", ""))
    if len(one.keyed) < pressed and not (touched or one.served):
        truth.strange.append(f"{one.number} pressed {len(one.keyed)} of {pressed} keys")
    if caller.plan in _MENU_OUTCOMES:
        outcome = _MENU_OUTCOMES[caller.plan]
        truth.calls.append(TrueCall(one.number, outcome, not touched, not touched, caller.way, caller.last))
        return
    truth.calls.append(_asked(truth, caller, one, talks, rings, touched=touched))


def _asked(
    truth: Truth, caller: Caller, one: Seen, talks: tuple[Talk, ...], rings: Sequence[Ring], *, touched: bool
) -> TrueCall:
    """Judge a call whose caller asked for a person."""
    place = caller.keys.replace("w", "").index("0")
    queued = one.keyed[place] + _CONNECTING if len(one.keyed) > place else one.ended
    answered = next((ring.answered for ring in rings if ring.answered), 0.0)
    waited = length(queued, answered or one.ended)
    if touched:
        waited = Bounds(0.0, waited.high)
    sure = not touched or answered > 0

    def call(outcome: str, fate: str, *, surely: bool = sure) -> TrueCall:
        return TrueCall(one.number, outcome, surely, not touched, caller.way, caller.last, fate, waited, talks)

    if answered:
        at_once = one.ended - answered < TOLERANCE and not one.served
        return call("operator", "answered", surely=sure and not at_once)
    if caller.plan is Plan.MESSAGE and len(one.keyed) > place:
        waited = Bounds(0.0, waited.high)
        return call("message_left", "message")
    if caller.plan is Plan.CALLBACK and one.served:
        return call("callback_asked", "callback")
    if one.served:
        truth.strange.append(f"{one.number} waited for a person and was hung up on")
    short = waited.high < _SHORT
    return call("abandoned_queue", "short" if short else "abandoned", surely=sure and (short or waited.low >= _SHORT))


def _talk(ring: Ring, windows: Sequence[Window]) -> Talk:
    seconds = length(ring.answered, ring.ended)
    if ring.broken:  # nobody knows when the exchange died for it
        ends = [window.ended for window in windows if window.lines and window.meets(ring.answered, ring.ended)]
        seconds = Bounds(0.0, max([ring.ended, *ends]) - ring.answered + TOLERANCE)
    return Talk(ring.extension, seconds)
