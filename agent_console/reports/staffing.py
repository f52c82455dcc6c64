"""How many people each half hour of a day needs, from our own history. Pure.

Expected calls of a half hour = the mean over the same weekday of the last weeks, of calls that asked for a person
(those who hung up at once apart). Days on which nothing was offered at all are left out: the line was closed.
Limits, told on the page: Erlang C knows no impatient callers (it asks for a little too many people when many give
up), no differing skills, a steady rate within the half hour, and history is no forecast of a storm.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from agent_console.reports.erlang import Staffing, people_needed, rostered
from agent_console.reports.rules import ReportRules
from agent_console.reports.waiting import Fate, fate_of
from calls.report_rows import CallRow

HALF_HOURS = 48
SECONDS = 1800.0


@dataclass(frozen=True, slots=True)
class HalfHour:
    """One half hour of a day: `number` 0–47 on the wall clock, what is expected, and what it takes."""

    number: int
    calls: float
    most: int
    staffing: Staffing
    rostered: int


def history_days(day: date, weeks: int) -> list[date]:
    """Return the same weekday of the last weeks, newest first."""
    return [day - timedelta(weeks=week) for week in range(1, weeks + 1)]


class History:
    """Counts offered calls by local day and half hour."""

    def __init__(self, days: Iterable[date], rules: ReportRules, zone: ZoneInfo, now: datetime) -> None:
        self._wanted = frozenset(days)
        self._rules, self._zone, self._now = rules, zone, now
        self._counts: dict[date, Counter[int]] = {}

    def add(self, call: CallRow) -> None:
        """Count one call; one of another day is passed over."""
        fate = fate_of(call, self._rules, self._now)
        if fate is None or fate[0] is Fate.SHORT:
            return
        local = call.arrived_at.astimezone(self._zone)
        if local.date() in self._wanted:
            self._counts.setdefault(local.date(), Counter())[local.hour * 2 + local.minute // 30] += 1

    @property
    def days(self) -> list[date]:
        """Return the days that count, oldest first."""
        return sorted(self._counts)

    def suggest(self, handle_seconds: float) -> Sequence[HalfHour]:
        """Return the day's half hours; none when there is no history. `handle_seconds` is above 0."""
        found = []
        for number in range(HALF_HOURS) if self._counts else ():
            counts = [day[number] for day in self._counts.values()]
            calls = sum(counts) / len(counts)
            staffing = people_needed(
                calls,
                SECONDS,
                handle_seconds,
                target_seconds=self._rules.target_seconds,
                target_share=self._rules.target_share,
                most_occupancy=self._rules.most_occupancy,
            )
            planned = rostered(staffing.people, self._rules.shrinkage)
            found.append(HalfHour(number, calls, max(counts), staffing, planned))
        return found
