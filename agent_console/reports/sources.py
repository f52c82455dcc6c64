"""Brings stored rows to the counters. Owns which rows a count needs; formulas are in the counters' modules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from agent_console.reports.call_counts import CallCounts
from agent_console.reports.handling import Handling
from agent_console.reports.menu_paths import MenuPaths
from agent_console.reports.missed_age import MissedAge, missed_age
from agent_console.reports.operator_time import OperatorTime, TimeKeeping
from agent_console.reports.period import Period, midnight
from agent_console.reports.resolution import Resolution, resolution
from agent_console.reports.rules import ReportRules
from agent_console.reports.scorecard import Card, scorecards
from agent_console.reports.staffing import History, history_days
from storage import report_cases, report_reader


@dataclass(frozen=True, slots=True)
class Source:
    """Where a report's rows come from: one consistent view of the database, the rules, and now."""

    connection: AsyncConnection
    rules: ReportRules
    now: datetime

    async def calls(self, period: Period) -> CallCounts:
        """Count the calls that arrived in the period."""
        counts = CallCounts(self.rules, period.zone, self.now)
        async for call in report_reader.read_calls(self.connection, period.since, period.until):
            counts.add(call)
        return counts

    async def handling(self, period: Period) -> Handling:
        """Add up what operators did about the calls that arrived in the period."""
        found = Handling(self.now)
        async for segment in report_reader.read_segments(self.connection, period.since, period.until):
            found.add_segment(segment)
        async for wrap_up in report_reader.read_wrap_up_times(self.connection, period.since, period.until):
            found.add_wrap_up(wrap_up)
        return found

    async def wrap_up_outcomes(self, period: Period) -> dict[str, int]:
        """Count how conversations ended, in the town's words."""
        return await report_reader.count_wrap_up_outcomes(self.connection, period.since, period.until)

    async def operators(self, period: Period) -> dict[str, OperatorTime]:
        """Return the time of each operator in the period."""
        sessions = await report_reader.read_sessions(self.connection, period.since, period.until)
        keeping = TimeKeeping(sessions, since=period.since, until=period.until, now=self.now)
        async for row in report_reader.read_activity(self.connection, sessions):
            keeping.add(row)
        return keeping.finish()

    async def menu(self, period: Period) -> MenuPaths:
        """Count the ways through the menu."""
        paths = MenuPaths()
        async for call in report_reader.read_menu(self.connection, period.since, period.until):
            paths.add(call)
        return paths

    async def resolution(self, period: Period) -> Resolution:
        """Judge first-call resolution."""
        window = self.rules.resolution_window
        since, until = period.since - window, period.until + window
        calls = [call async for call in report_reader.read_calls(self.connection, since, until)]
        reopened = await report_cases.read_reopenings(self.connection, period.since, until)
        return resolution(calls, reopened, since=period.since, until=period.until, now=self.now, window=window)

    async def missed(self, period: Period) -> MissedAge:
        """Look at the worklist."""
        rows = await report_reader.read_missed(self.connection, period.since, period.until)
        return missed_age(rows, since=period.since, until=period.until, now=self.now)

    async def cases(self, period: Period) -> tuple[Card, list[Card]]:
        """Return the scorecards."""
        rows = await report_cases.read_cases(self.connection, period.since, period.until)
        return scorecards(rows, since=period.since, until=period.until, now=self.now, smallest=self.rules.smallest_cell)

    async def history(self, day: date, period: Period) -> History:
        """Count the same weekday of the last weeks before `day`; `period` gives the zone."""
        days = history_days(day, self.rules.history_weeks)
        found = History(days, self.rules, period.zone, self.now)
        for one in days:
            since = midnight(one, period.zone)
            until = Period(one, one, period.zone).until
            async for call in report_reader.read_calls(self.connection, since, until):
                found.add(call)
        return found
