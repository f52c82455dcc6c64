"""The scorecard of the bodies that answer for cases. Pure; knows nobody who reported.

received, closed: in the period. open, overdue: at the end of the period (or now). on time = closed not later than due /
closed that had a deadline. Time to take up: from the hand-over (first order or assignment, else receipt) to the first
acknowledgement (or work begun). Time to fix: from receipt to the first report that it is fixed (else to the close).
reopen rate = cases closed or reported fixed in the period and reopened since / cases closed or reported fixed.
Bodies with fewer than k received cases stand in one row together: a small cell would tell about single citizens.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from agent_console.reports.spread import median, percentile, share
from calls.report_rows import CaseRow

OTHERS: Final = "*"


@dataclass(slots=True)
class Card:
    """Figures of one body; lengths in seconds."""

    organisation: str
    received: int = 0
    closed: int = 0
    open: int = 0
    overdue: int = 0
    with_deadline: int = 0
    on_time: int = 0
    ended: int = 0
    reopened: int = 0
    take_up: list[float] = field(default_factory=list)
    fix: list[float] = field(default_factory=list)

    @property
    def share_on_time(self) -> float | None:
        """Return the share closed on time, 0–1."""
        return share(self.on_time, self.with_deadline)

    @property
    def reopen_rate(self) -> float | None:
        """Return the share that was opened again, 0–1."""
        return share(self.reopened, self.ended)

    @property
    def median_take_up(self) -> float | None:
        """Return the median time to take up."""
        return median(self.take_up)

    @property
    def median_fix(self) -> float | None:
        """Return the median time to fix."""
        return median(self.fix)

    @property
    def fix_90(self) -> float | None:
        """Return the time within which 90 % were fixed."""
        return percentile(self.fix, 0.9)

    def count(self, case: CaseRow, since: datetime, until: datetime, now: datetime) -> None:
        """Count one case."""
        at = min(until, now)
        if since <= case.created_at < until:
            self.received += 1
        closed = case.closed_at is not None and since <= case.closed_at < until
        fixed = case.fixed_at is not None and since <= case.fixed_at < until
        if closed and case.closed_at is not None:
            self.closed += 1
            if case.due_at is not None:
                self.with_deadline += 1
                self.on_time += case.closed_at <= case.due_at
        if closed or fixed:
            self.ended += 1
            self.reopened += case.reopened > 0
        if case.created_at < at and (case.closed_at is None or case.closed_at >= at):
            self.open += 1
            self.overdue += case.due_at is not None and case.due_at < at
        if case.taken_at is not None and since <= case.taken_at < until:
            self.take_up.append(max(0.0, (case.taken_at - (case.handed_over_at or case.created_at)).total_seconds()))
        done = case.fixed_at or case.closed_at
        if done is not None and since <= done < until:
            self.fix.append(max(0.0, (done - case.created_at).total_seconds()))


def scorecards(
    cases: Iterable[CaseRow], *, since: datetime, until: datetime, now: datetime, smallest: int
) -> tuple[Card, list[Card]]:
    """Return the card of all, and those of bodies by name; small ones together under `OTHERS`, last."""
    listed = list(cases)
    received: Counter[str] = Counter()
    for case in listed:
        received[case.organisation] += since <= case.created_at < until
    together = _shown_together(received, smallest)
    everything, cards = Card(""), dict[str, Card]()
    for case in listed:
        name = OTHERS if case.organisation in together else case.organisation
        everything.count(case, since, until, now)
        cards.setdefault(name, Card(name)).count(case, since, until, now)
    return everything, sorted(cards.values(), key=lambda card: (card.organisation == OTHERS, card.organisation))


def _shown_together(received: Counter[str], smallest: int) -> set[str]:
    """Return the bodies below the limit, and as many more, smallest first, as it takes to lift them all above it."""
    together = {name for name, count in received.items() if count < smallest}
    rest = sorted((name for name in received if name not in together), key=lambda name: (received[name], name))
    while together and rest and sum(received[name] for name in together) < smallest:
        together.add(rest.pop(0))
    return together
