"""The figures that reports of a simulated day must show, from the truth. Pure.

Flat: the name of a figure → between what it lies. A figure that depends on calls which a fault touched has bounds that
many apart; every other count is exact, and lengths are to `TOLERANCE` a piece.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from calls.outcomes import MISSED
from centrala.drill.day_books import Ring, Stretch, WrappedUp
from centrala.drill.day_truth import NOTHING, TOLERANCE, Bounds, TrueCall, length

_TARGET: Final = 20.0
PAUSE_AFTER: Final = 3
RETURN_AFTER: Final = 120.0
"""Rules of the sample town (operators.yaml): calls not taken in a row, and for how long they pause, in seconds."""
_WAYS: Final = ("way ", "gave up at ")


@dataclass(slots=True)
class Figures:
    """What must be. `unsure`, `ways_unsure`: how many calls may be anything, or have gone any way."""

    unsure: int
    ways_unsure: int
    known: dict[str, Bounds] = field(default_factory=dict)

    def of(self, name: str) -> Bounds:
        """Return the bounds of a figure; one that nothing is known of can only come from calls that may be anything."""
        spare = self.ways_unsure if name.startswith(_WAYS) else self.unsure
        return self.known.get(name, Bounds(0.0, spare))

    def count(self, names: Iterable[str]) -> None:
        """Count these names, each to those that may be anything."""
        for name, number in Counter(names).items():
            spare = self.ways_unsure if name.startswith(_WAYS) else self.unsure
            self.known[name] = Bounds(number, number + spare)


def true_figures(
    calls: Sequence[TrueCall],
    rings: Sequence[Ring],
    wrapped: Sequence[WrappedUp],
    stretches: Sequence[Stretch],
) -> Figures:
    """Return what the reports of the day must show."""
    figures = Figures(sum(not call.sure for call in calls), sum(not (call.sure and call.way_sure) for call in calls))
    _of_calls(figures, [call for call in calls if call.sure])
    _of_ways(figures, [call for call in calls if call.sure and call.way_sure])
    _of_conversations(figures, calls, wrapped)
    for extension in sorted({stretch.extension for stretch in stretches}):
        _of_time(
            figures,
            extension,
            [ring for ring in rings if ring.extension == extension],
            [one for one in wrapped if one.extension == extension],
            [one for one in stretches if one.extension == extension],
        )
    return figures


def _of_calls(figures: Figures, sure: Sequence[TrueCall]) -> None:
    asked = [call for call in sure if call.fate is not None]
    waits = [call.waited or NOTHING for call in asked if call.fate == "answered"]
    gave_up = [call.waited or NOTHING for call in asked if call.fate == "abandoned"]
    spare, fates = figures.unsure, Counter(call.fate for call in asked)
    counts = {
        "arrived": len(sure),
        "queued": len(asked),
        "answered": fates["answered"],
        "abandoned": fates["abandoned"],
        "short_abandoned": fates["short"],
        "callbacks_taken": fates["callback"],
    }
    missed = [call.outcome for call in sure if call.outcome in set(MISSED)]
    counts["missed_came"] = counts["missed_open"] = len(missed)
    figures.known |= {name: Bounds(number, number + spare) for name, number in counts.items()}
    figures.count(f"fate {call.fate}" for call in asked)
    figures.count(f"outcome {call.outcome}" for call in sure)
    figures.count(f"missed {outcome}" for outcome in missed)
    in_time = Bounds(sum(one.high <= _TARGET for one in waits), sum(one.low <= _TARGET for one in waits) + spare)
    figures.known |= {"in time, of answered": in_time, "in time, of offered": in_time}
    longest = max((call.waited.high for call in asked if call.waited), default=0.0)
    shortest = max((call.waited.low for call in asked if call.waited), default=0.0)
    figures.known["average_wait"] = _mean(waits, spare, longest)
    figures.known["average_give_up"] = _mean(gave_up, spare, longest)
    figures.known["longest_wait"] = Bounds(shortest, longest if not spare else float("inf"))


def _mean(lengths: Sequence[Bounds], spare: int, longest: float) -> Bounds:
    """Return the mean of these and perhaps of `spare` more, none longer than `longest`."""
    if not lengths:
        return Bounds(0.0, longest if spare else 0.0)
    total = sum(lengths, NOTHING)
    return Bounds(total.low / (len(lengths) + spare), max(total.high, total.high + spare * longest) / len(lengths))


def _of_ways(figures: Figures, sure: Sequence[TrueCall]) -> None:
    figures.count(f"way {' › '.join(call.way)}" for call in sure)
    gave_up = [call for call in sure if call.outcome == "abandoned_menu"]
    figures.count(f"gave up at {call.last}" for call in gave_up)
    figures.known["gave_up_in_menu"] = Bounds(len(gave_up), len(gave_up) + figures.ways_unsure)


def _of_conversations(figures: Figures, calls: Sequence[TrueCall], wrapped: Sequence[WrappedUp]) -> None:
    talk: defaultdict[str, Bounds] = defaultdict(lambda: NOTHING)
    wrap_up: defaultdict[str, Bounds] = defaultdict(lambda: NOTHING)
    many: defaultdict[str, Bounds] = defaultdict(lambda: NOTHING)
    passed = NOTHING
    pairs: dict[tuple[str, str], bool] = {}
    for call in calls:
        people = {one.extension for one in call.talks}
        surely = float(call.sure)
        passed += Bounds(surely * max(0, len(people) - 1), max(0, len(people) - 1))
        for extension in people:
            pairs[call.number, extension] = call.sure
            many[extension] += Bounds(surely, 1.0)
        for one in call.talks:
            talk[one.extension] += Bounds(surely * one.seconds.low, one.seconds.high)
    chosen: defaultdict[str, Bounds] = defaultdict(lambda: NOTHING)
    for done in wrapped:
        if (done.number, done.extension) in pairs:
            seconds, surely = _wrap_up(done), float(pairs[done.number, done.extension])
            wrap_up[done.extension] += Bounds(surely * seconds.low, seconds.high)
            chosen[done.outcome] += Bounds(surely, 1.0)
    for extension, number in many.items():
        figures.known[f"operator {extension} conversations"] = number
        figures.known[f"operator {extension} talk"] = talk[extension]
        figures.known[f"operator {extension} wrapup_time"] = wrap_up[extension]
    figures.known |= {f"wrap-up {outcome}": number for outcome, number in chosen.items()}
    figures.known["transfers"] = passed
    total = sum(many.values(), NOTHING)
    if total.low:
        for name, spent in (("average_talk", talk), ("average_wrapup", wrap_up)):
            every = sum(spent.values(), NOTHING)
            figures.known[name] = Bounds(every.low / total.high, every.high / total.low)


def _wrap_up(done: WrappedUp) -> Bounds:
    return Bounds(max(0.0, done.low - done.began - TOLERANCE), done.high - done.began + TOLERANCE)


def _of_time(
    figures: Figures,
    extension: str,
    rings: Sequence[Ring],
    wrapped: Sequence[WrappedUp],
    stretches: Sequence[Stretch],
) -> None:
    spent: defaultdict[str, Bounds] = defaultdict(lambda: NOTHING)
    pauses = [one for one in stretches if one.what == "pause"] + _unanswered(rings, stretches)
    session = sum((_stretch(one) for one in stretches if one.what == "session"), NOTHING)
    paused, ready = sum((_stretch(one) for one in pauses), NOTHING), session
    busy: list[tuple[str, float, Bounds]] = [("wrapup", one.began, _wrap_up(one)) for one in wrapped]
    for ring in rings:
        if not ring.passed:  # a colleague's transfer is no ring of the queue
            busy.append(("ringing", ring.at, length(ring.at, ring.answered or ring.ended)))
        if ring.answered:
            seconds = length(ring.answered, ring.ended)
            busy.append(("talking", ring.answered, Bounds(0.0, seconds.high) if ring.broken else seconds))
    ready = _less(ready, paused)
    for what, began, seconds in busy:
        spent[what] += seconds
        if any(one.began[1] <= began <= one.ended[0] for one in pauses):
            paused = _less(paused, seconds)
        elif any(one.began[0] <= began <= one.ended[1] for one in pauses):  # it is one of the two
            paused, ready = _less(paused, Bounds(0.0, seconds.high)), _less(ready, Bounds(0.0, seconds.high))
        else:
            ready = _less(ready, seconds)
    named = {"session": session, "paused": paused, "ready": ready} | spent
    figures.known |= {f"operator {extension} {name} time": seconds for name, seconds in named.items()}
    of_queue = [ring for ring in rings if not ring.passed]
    lost = sum(not ring.answered for ring in of_queue)
    figures.known[f"operator {extension} rings"] = Bounds(len(of_queue), len(of_queue))
    # Whether an answer reached an exchange that died under it, only the exchange knew.
    unheard = sum(ring.broken and ring.answered > 0 for ring in of_queue)
    figures.known[f"operator {extension} rings_not_taken"] = Bounds(lost, lost + unheard)


def _unanswered(rings: Sequence[Ring], stretches: Sequence[Stretch]) -> list[Stretch]:
    """Return the pauses that the town's rules give to who has refused so many calls in a row."""
    found: list[Stretch] = []
    refused = 0
    asked = sorted(moment for one in stretches for moment in (one.began[0], one.ended[0]))
    before = 0.0
    for ring in sorted(rings, key=lambda ring: ring.at):
        if any(before < moment < ring.at for moment in asked):
            refused = 0
        before = ring.at
        refused = refused + 1 if ring.refused else 0 if ring.answered else refused
        if refused == PAUSE_AFTER:
            refused, until = 0, ring.ended + RETURN_AFTER
            end = min([until, *(moment for moment in asked if moment > ring.ended)])
            spare = TOLERANCE / 2
            found.append(Stretch(ring.extension, "pause", (ring.ended, ring.ended + spare), (end, end + spare)))
    return found


def _less(whole: Bounds, part: Bounds) -> Bounds:
    return Bounds(max(0.0, whole.low - part.high), max(0.0, whole.high - part.low))


def _stretch(one: Stretch) -> Bounds:
    return Bounds(max(0.0, one.ended[0] - one.began[1]), one.ended[1] - one.began[0])
