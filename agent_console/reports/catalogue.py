"""Every report by its name, and how one is made: period, comparison, age of the data. Owns the list of names.

Live and history are one: the same rows go through the same functions, whether the period is over or not.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final

from agent_console.dependencies import ConsoleDependencies
from agent_console.reports.call_report import call_report
from agent_console.reports.content import Content
from agent_console.reports.operator_report import operator_report
from agent_console.reports.other_reports import (
    case_report,
    menu_report,
    missed_report,
    resolution_report,
    staffing_report,
)
from agent_console.reports.period import Period
from agent_console.reports.shapes import Report
from agent_console.reports.sources import Source

Build = Callable[[Source, Period, Period | None], Awaitable[Content]]
_MONTH: Final = (call_report, operator_report, resolution_report, missed_report, case_report, menu_report)


async def month_report(source: Source, period: Period, before: Period | None) -> Content:
    """Return everything that the monthly report shows."""
    content = Content()
    for build in _MONTH:
        part = await build(source, period, before)
        told = {one.name for one in content.figures}
        content.figures += [one for one in part.figures if one.name not in told]
        content.tables += part.tables
    return content


REPORTS: Final[Mapping[str, Build]] = {
    "calls": call_report,
    "operators": operator_report,
    "menu": menu_report,
    "resolution": resolution_report,
    "missed": missed_report,
    "cases": case_report,
    "staffing": staffing_report,
    "month": month_report,
}


async def make_report(
    deps: ConsoleDependencies, name: str, period: Period, *, compared: bool = True, only: str | None = None
) -> Report:
    """Return a report. `compared`: with the period before; `only`: one operator (report `operators`).

    Raises KeyError for an unknown name, DatabaseDown when the rows cannot be read.
    """
    build = REPORTS[name]
    now = deps.clock()
    before = period.before() if compared and name != "staffing" else None
    async with deps.database.read() as connection:
        source = Source(connection, deps.report_rules, now)
        if only is not None:
            content = await operator_report(source, period, before, only=only)
        else:
            content = await build(source, period, before)
    until, stale = _age(deps, period, now)
    main = content.tables[0].rows if content.tables else []
    return Report(
        name=name,
        since=period.first,
        until=period.last,
        before_since=before.first if before else None,
        before_until=before.last if before else None,
        zone=period.zone.key,
        target_seconds=deps.report_rules.target_seconds,
        short_seconds=deps.report_rules.short_seconds,
        made_at=now,
        data_until=until,
        stale=stale,
        figures=content.figures,
        tables=content.tables,
        items=main,
        total=len(main),
    )


def _age(deps: ConsoleDependencies, period: Period, now: datetime) -> tuple[datetime | None, str]:
    age = deps.data_age(now)
    old = age.stale and age.complete_until < period.until
    return (age.complete_until, age.stale) if old else (None, "")
