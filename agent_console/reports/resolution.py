"""First-call resolution: was a caller helped at once, or did he have to call again? Pure.

A first call is an answered call whose caller was not answered in the `window` before it. It is resolved when the same
caller does not call again within `window` after its end and its case is not reopened in that time. A later call about
another case is another matter and no repetition. Not yet decided: first calls whose window is not over and that were
not repeated. Callers who withhold their number cannot be followed and are left out (`unknown`).
first-call resolution = resolved / (resolved + repeated)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent_console.reports.spread import share
from calls.report_rows import CallRow


@dataclass(slots=True)
class Resolution:
    """How first calls of a period turned out. `callers`: different numbers that called in it."""

    resolved: int = 0
    repeated: int = 0
    undecided: int = 0
    unknown: int = 0
    callers: int = 0

    @property
    def rate(self) -> float | None:
        """Return first-call resolution, 0–1."""
        return share(self.resolved, self.resolved + self.repeated)


def resolution(
    calls: Iterable[CallRow],
    reopened: Mapping[str, Sequence[datetime]],
    *,
    since: datetime,
    until: datetime,
    now: datetime,
    window: timedelta,
) -> Resolution:
    """Judge the first calls that arrived in the period; `calls` reach `window` beyond both of its edges.

    `reopened`: case number → when it was reopened.
    """
    found = Resolution()
    by_caller: dict[str, list[CallRow]] = {}
    for call in calls:
        if call.caller_token:
            by_caller.setdefault(call.caller_token, []).append(call)
        elif call.operator_answered_at is not None and since <= call.arrived_at < until:
            found.unknown += 1
    for mine in by_caller.values():
        mine.sort(key=lambda call: call.arrived_at)
        found.callers += any(since <= call.arrived_at < until for call in mine)
        for place, call in enumerate(mine):
            if call.operator_answered_at is None or not since <= call.arrived_at < until:
                continue
            if any(
                one.operator_answered_at is not None and call.arrived_at - one.arrived_at <= window
                for one in mine[:place]
            ):
                continue
            ended = call.ended_at or now
            over = ended + window
            again = any(
                ended <= one.arrived_at <= over and not _another_matter(call, one) for one in mine[place + 1 :]
            ) or any(ended <= at <= over for at in reopened.get(call.case_number or "", ()))
            if again:
                found.repeated += 1
            elif over <= now and call.ended_at is not None:
                found.resolved += 1
            else:
                found.undecided += 1
    return found


def _another_matter(first: CallRow, later: CallRow) -> bool:
    return bool(first.case_number and later.case_number and first.case_number != later.case_number)
