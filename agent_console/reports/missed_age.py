"""The worklist of calls that got nothing: how old its open rows are, and how soon rows are closed. Pure.

Open rows are counted whatever the period: nothing ages out. Closed ones are those closed within the period.
age = now - when the call came; time to close = closed - when the call came.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from agent_console.reports.spread import longest, median
from calls.report_rows import MissedRow

HOUR: Final = 3600.0
AGES: Final[tuple[tuple[str, float], ...]] = (
    ("under_1h", HOUR),
    ("under_4h", 4 * HOUR),
    ("under_24h", 24 * HOUR),
    ("under_48h", 48 * HOUR),
    ("over_48h", float("inf")),
)
"""Age groups in order, and the seconds below which a row belongs to them."""


@dataclass(slots=True)
class MissedAge:
    """What stands on the list, and what was taken off it."""

    open_ages: list[float] = field(default_factory=list)
    groups: dict[str, Counter[str]] = field(default_factory=dict)
    """Reason → age group → open rows."""
    closed_after: list[float] = field(default_factory=list)
    closed_how: Counter[str] = field(default_factory=Counter)
    came: Counter[str] = field(default_factory=Counter)
    """Reason → rows of calls that came in the period."""

    @property
    def open(self) -> int:
        """Return how many are open."""
        return len(self.open_ages)

    @property
    def oldest(self) -> float | None:
        """Return the age of the oldest open row in seconds."""
        return longest(self.open_ages)

    @property
    def median_close(self) -> float | None:
        """Return the median time to close in seconds."""
        return median(self.closed_after)


def missed_age(rows: Iterable[MissedRow], *, since: datetime, until: datetime, now: datetime) -> MissedAge:
    """Count open rows, those that came and those that were closed in the period."""
    found = MissedAge()
    for row in rows:
        if since <= row.at < until:
            found.came[row.reason] += 1
        if row.closed_at is None:
            age = max(0.0, (now - row.at).total_seconds())
            found.open_ages.append(age)
            group = next(name for name, limit in AGES if age < limit)
            found.groups.setdefault(row.reason, Counter())[group] += 1
        elif since <= row.closed_at < until:
            found.closed_after.append(max(0.0, (row.closed_at - row.at).total_seconds()))
            found.closed_how[row.closed_how or ""] += 1
    return found
