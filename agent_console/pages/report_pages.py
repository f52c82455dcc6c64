"""Pages of reports: one page for each, own figures, the month on paper. Owns what a page shows; counts nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from aiohttp import web

from agent_console.access import Permission
from agent_console.authentication import principal
from agent_console.dependencies import DEPENDENCIES
from agent_console.pages.desk import strip
from agent_console.pages.moments import duration
from agent_console.pages.rendering import render, texts_of
from agent_console.pages.texts import Texts
from agent_console.problems import Problem, not_found
from agent_console.reports.catalogue import make_report
from agent_console.reports.heat import heat_rows
from agent_console.reports.period import Period, month_of
from agent_console.reports.routes import period_of, with_definitions
from agent_console.reports.shapes import Figure, Report, Table, Unit
from agent_console.reports.shown import shown, shown_cell, shown_change
from agent_console.routing import Route

_ROWS: Final = 60
_BESIDE: Final = frozenset({"week"})
"""Tables that the page draws in another way."""
_ON_PAPER: Final = {
    "queues": (
        *("queue", "queued", "answered", "abandoned", "level_of_answered", "level_of_offered"),
        *("average_wait", "wait_90", "average_handle"),
    ),
    "operators": (
        *("username", "session_time", "ready_time", "paused_time", "ringing_time", "talking_time", "wrapup_spent"),
        *("unexplained_time", "occupancy", "rings_not_taken"),
    ),
}
"""Table → the columns that an A4 page has room for; CSV and XLSX hold all."""
_PAGES: Final = ("calls", "operators", "menu", "resolution", "missed", "cases", "staffing")


@dataclass(frozen=True, slots=True)
class FigureShown:
    """A figure as text. `change` is empty when there is nothing to compare with."""

    name: str
    label: str
    value: str
    before: str
    change: str
    formula: str


@dataclass(frozen=True, slots=True)
class TableShown:
    """A table as text; `columns`: (label, formula, whether its values are numbers). `cut`: more rows than shown."""

    name: str
    title: str
    columns: list[tuple[str, str, bool]]
    rows: list[list[str]]
    cut: bool


def figure_shown(one: Figure, report: Report, texts: Texts) -> FigureShown:
    """Return a figure's text."""
    language = texts.language
    return FigureShown(
        name=one.name,
        label=texts(f"report_word.{one.name}"),
        value=shown(one.value, one.unit, one.name, language),
        before=shown(one.before, one.unit, one.name, language) if report.before_since else "",
        change=shown_change(one.change, one.unit, one.name, language),
        formula=report.definitions.get(one.name, ""),
    )


def table_shown(table: Table, report: Report, texts: Texts, most: int = _ROWS) -> TableShown:
    """Return a table's text, at most `most` rows."""
    return TableShown(
        name=table.name,
        title=texts(f"report_table.{table.name}"),
        columns=[
            (
                texts(f"report_word.{column.name}"),
                report.definitions.get(column.name, ""),
                column.unit not in (Unit.TEXT, Unit.DAY),
            )
            for column in table.columns
        ],
        rows=[
            [shown_cell(row.get(column.name), column, texts) for column in table.columns] for row in table.rows[:most]
        ],
        cut=len(table.rows) > most,
    )


def _shared(request: web.Request, report: Report) -> dict[str, Any]:
    deps, texts = request.app[DEPENDENCIES], texts_of(request)
    late = (report.made_at - report.data_until).total_seconds() if report.data_until else 0.0
    week = next((table for table in report.tables if table.name == "week"), None)
    times = next((table for table in report.tables if table.name == "operators"), None)
    return {
        "report": report,
        "figures": {one.name: figure_shown(one, report, texts) for one in report.figures},
        "tables": {
            table.name: table_shown(table, report, texts) for table in report.tables if table.name not in _BESIDE
        },
        "stale": texts(f"report.stale_{report.stale}", span=duration(late)) if report.stale else "",
        "heat": heat_rows(week.rows) if week else [],
        "bars": _time_bars(times) if times else [],
        "rules": deps.report_rules.shown(),
        "others": any(row.get("organisation") == "*" for table in report.tables for row in table.rows),
    }


def _time_bars(table: Table) -> list[dict[str, Any]]:
    """Return for each operator the parts of signed-in time, per mille of the longest."""
    longest = max((float(row["session_time"] or 0) for row in table.rows), default=0.0)
    bars = []
    for row in table.rows if longest else ():
        at, parts = 0.0, []
        for name in ("talking_time", "wrapup_spent", "ringing_time", "ready_time", "paused_time", "unexplained_time"):
            width = float(row[name] or 0) / longest * 1000
            parts.append((name, round(at, 2), round(width, 2)))
            at += width
        bars.append({"username": row["username"], "parts": parts})
    return bars


async def report_page(request: web.Request) -> web.Response:
    """Answer with one report."""
    name = request.match_info.get("name", "calls")
    if name not in _PAGES:
        raise not_found("this report", "no_report")
    return await _page(request, name)


async def my_page(request: web.Request) -> web.Response:
    """Answer with the sender's own figures."""
    return await _page(request, "operators", only=principal(request).user.username)


async def _page(request: web.Request, name: str, *, only: str | None = None) -> web.Response:
    deps = request.app[DEPENDENCIES]
    period = period_of(request)
    compared = request.query.get("compare", "before") != "none"
    report = await make_report(deps, name, period, compared=compared, only=only)
    with_definitions(report, texts_of(request), deps.report_rules)
    today = deps.clock().astimezone(period.zone).date()
    values = (
        strip(request)
        | _shared(request, report)
        | {
            "name": name,
            "names": _PAGES,
            "own": only is not None,
            "empty": _is_empty(report),
            "presets": presets(today),
            "chart": _chart(report, texts_of(request)),
            "api": "/api/v1/operators/me/report" if only is not None else f"/api/v1/reports/{name}",
            "month_value": period.first.strftime("%Y-%m"),
        }
    )
    return render(request, "report.html", values)


def _is_empty(report: Report) -> bool:
    counted = {"calls": "arrived", "operators": "operators", "menu": "arrived", "missed": "missed_came"}
    if report.name in counted:
        empty = not report.figure(counted[report.name]).value
        return empty and (report.name != "missed" or not report.figure("missed_open").value)
    if report.name == "resolution":
        return not any(row["calls"] for row in report.items)
    return not report.items


def presets(today: date) -> list[tuple[str, date, date]]:
    """Return the periods that are one click away: (word, first day, last day)."""
    month = today.replace(day=1)
    before = month - timedelta(days=1)
    return [
        ("today", today, today),
        ("yesterday", today - timedelta(days=1), today - timedelta(days=1)),
        ("week", today - timedelta(days=6), today),
        ("month", month, today),
        ("last_month", before.replace(day=1), before),
    ]


_SERIES: Final = {
    "calls": ("days", "day", ("answered", "abandoned")),
    "staffing": ("staffing", "half_hour", ("rostered", "people")),
}


def _chart(report: Report, texts: Texts) -> str:
    """Return what the page's script draws, as JSON; empty when a chart would say nothing."""
    if report.name not in _SERIES or len(report.items) < 2:
        return ""
    table_name, across, names = _SERIES[report.name]
    table = report.table(table_name)
    labels = [
        date.fromisoformat(str(row[across])).strftime("%d.%m.") if table_name == "days" else str(row[across])
        for row in table.rows
    ]
    series = [
        {"name": name, "label": texts(f"report_word.{name}"), "values": [row[name] for row in table.rows]}
        for name in names
    ]
    return json.dumps({"labels": labels, "series": series})


async def month_page(request: web.Request) -> web.Response:
    """Answer with the month on paper."""
    deps = request.app[DEPENDENCIES]
    zone, texts = ZoneInfo(deps.town.zone), texts_of(request)
    today = deps.clock().astimezone(zone).date()
    period = _month(request.query.get("month", ""), today, zone)
    report = await make_report(deps, "month", period)
    with_definitions(report, texts, deps.report_rules)
    day_rows = [row for row in report.table("days").rows if row["queued"] is not None]
    most = max((int(row["queued"] or 0) for row in day_rows), default=0)
    bars = _time_bars(report.table("operators"))
    for table in report.tables:
        if table.name in _ON_PAPER:
            table.columns = [column for column in table.columns if column.name in _ON_PAPER[table.name]]
    values = _shared(request, report) | {
        "bars": bars,
        "name": "month",
        "names": _PAGES,
        "month": period.first.strftime("%m.%Y."),
        "month_value": period.first.strftime("%Y-%m"),
        "day_bars": [
            {
                "day": str(row["day"])[-2:],
                "answered": round(int(row["answered"] or 0) / most * 100, 2),
                "abandoned": round(int(row["abandoned"] or 0) / most * 100, 2),
                "queued": row["queued"],
            }
            for row in day_rows
        ]
        if most
        else [],
    }
    return render(request, "report_month.html", values)


def _month(text: str, today: date, zone: ZoneInfo) -> Period:
    if not text:
        return month_of(today.replace(day=1) - timedelta(days=1), zone)
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise Problem(
            400, "invalid_field", "month is such as 2026-03", field="month", reason="field_not_month"
        ) from error
    if not 2000 <= first.year <= 2200:
        raise Problem(400, "invalid_field", "month is out of this world", field="month", reason="field_year_outside")
    return month_of(first, zone)


ROUTES: Final = (
    Route("GET", "/console/reports", report_page, Permission.REPORTS_READ, "Reports"),
    Route("GET", "/console/reports/mine", my_page, Permission.OPERATOR_STATE, "Own figures"),
    Route("GET", "/console/reports/month", month_page, Permission.REPORTS_READ, "The month on paper"),
    Route("GET", "/console/reports/{name}", report_page, Permission.REPORTS_READ, "One report"),
)
