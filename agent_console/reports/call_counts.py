"""One pass over calls: all of them, by day, by queue, by hour of the week, by outcome. Pure; add rows as they come.

Hours and days are local: an hour of the week is (weekday 0–6 from Monday, hour 0–23) as a clock on the wall shows it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime
from zoneinfo import ZoneInfo

from agent_console.reports.rules import ReportRules
from agent_console.reports.waiting import WaitCount, fate_of
from calls.report_rows import CallRow

NO_QUEUE = ""


class CallCounts:
    """What is counted of the calls that arrived in a period."""

    def __init__(self, rules: ReportRules, zone: ZoneInfo, now: datetime) -> None:
        self._rules, self._zone, self._now = rules, zone, now
        self.all = WaitCount()
        self.days: defaultdict[date, WaitCount] = defaultdict(WaitCount)
        self.queues: defaultdict[str, WaitCount] = defaultdict(WaitCount)
        self.week: defaultdict[tuple[int, int], WaitCount] = defaultdict(WaitCount)
        self.outcomes: Counter[str] = Counter()
        self.beside_queue = 0
        """Answered by a person without having waited in a queue."""
        self.going_on = 0

    def add(self, call: CallRow) -> None:
        """Count one call."""
        fate = fate_of(call, self._rules, self._now)
        target = self._rules.target_seconds
        local = call.arrived_at.astimezone(self._zone)
        day, hour = local.date(), (local.weekday(), local.hour)
        self.all.add(fate, target)
        self.days[day].add(fate, target)
        self.week[hour].add(fate, target)
        if fate is not None:
            self.queues[call.queue or NO_QUEUE].add(fate, target)
        elif call.operator_answered_at is not None:
            self.beside_queue += 1
        if call.outcome:
            self.outcomes[call.outcome] += 1
        elif call.ended_at is None:
            self.going_on += 1
