"""Reports over HTTP: their dates and forms. Owns what a request may ask for; formulas are in the counters' modules."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web

from agent_console.access import Permission
from agent_console.authentication import principal
from agent_console.dependencies import DEPENDENCIES, ConsoleDependencies
from agent_console.pages.rendering import texts_of
from agent_console.pages.texts import Texts
from agent_console.problems import Problem, not_found, not_listed
from agent_console.reports.catalogue import REPORTS, make_report
from agent_console.reports.csv_file import to_csv
from agent_console.reports.period import Period
from agent_console.reports.rules import ReportRules
from agent_console.reports.shapes import Report
from agent_console.reports.shown import with_queue_names
from agent_console.reports.xlsx_file import MEDIA_TYPE, to_xlsx
from agent_console.routing import Route, json_answer

_WEEK: Final = timedelta(days=6)


async def call_report_of(deps: ConsoleDependencies, since: date, until: date) -> Report:
    """Return the report `calls` of two local dates, both included, without a comparison: the board's figures."""
    return await make_report(deps, "calls", Period(since, until, ZoneInfo(deps.town.zone)), compared=False)


async def report(request: web.Request) -> web.Response:
    """Answer with a report."""
    name = request.match_info["name"]
    if name not in REPORTS:
        raise not_found("this report", "no_report")
    found = await _made(request, name)
    return await in_form(request, found)


async def my_report(request: web.Request) -> web.Response:
    """Answer with the sender's own time and conversations."""
    found = await _made(request, "operators", only=principal(request).user.username)
    return await in_form(request, found)


async def _made(request: web.Request, name: str, *, only: str | None = None) -> Report:
    deps = request.app[DEPENDENCIES]
    compared = request.query.get("compare", "before") != "none"
    found = await make_report(deps, name, period_of(request), compared=compared, only=only)
    return with_definitions(found, texts_of(request), deps.report_rules)


def with_definitions(found: Report, texts: Texts, rules: ReportRules) -> Report:
    """Return the report with the formula of each figure and column, in the order they appear."""
    names = [one.name for one in found.figures]
    names += [column.name for table in found.tables for column in table.columns]
    values = rules.shown()
    formulas = {name: texts(f"report_formula.{name}", **values) for name in dict.fromkeys(names)}
    found.definitions = {name: text for name, text in formulas.items() if text != f"report_formula.{name}"}
    return found


def period_of(request: web.Request) -> Period:
    """Return the period that the request asks for: `from` and `until`, the last seven days by default."""
    deps = request.app[DEPENDENCIES]
    zone = ZoneInfo(deps.town.zone)
    today = deps.clock().astimezone(zone).date()
    until = _date(request, "until", today)
    since = _date(request, "from", max(until, date.min + _WEEK) - _WEEK)
    try:
        return Period(since, until, zone)
    except (ValueError, OverflowError) as error:
        raise Problem(
            400, "invalid_field", "until must be within 366 days after from", field="until", reason="period_too_long"
        ) from error


def _date(request: web.Request, name: str, default: date) -> date:
    text = request.query.get(name, "")
    if not text:
        return default
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise Problem(
            400, "invalid_field", f"{name} is a date such as 2026-03-01", field=name, reason="field_not_date"
        ) from error
    if not 2000 <= found.year <= 2200:
        raise Problem(400, "invalid_field", f"{name} is out of this world", field=name, reason="field_year_outside")
    return found


async def in_form(request: web.Request, found: Report) -> web.Response:
    """Answer with a report as JSON, CSV or a spreadsheet, as `format` asks. Raises Problem."""
    form = request.query.get("format", "json")
    if form == "json":
        return json_answer(found)
    found = with_queue_names(found, texts_of(request))
    file = f"{found.name}-{found.since}-{found.until}"
    if form == "csv":
        try:
            text = to_csv(
                found,
                request.query.get("table", ""),
                bare=request.query.get("definitions") == "0",
                mark=request.query.get("bom") == "1",
            )
        except KeyError as error:
            names = ", ".join(table.name for table in found.tables)
            raise not_listed(400, "table", f"table is one of {names}", names) from error
        return _file(text.encode(), "text/csv", f"{file}.csv", charset="utf-8")
    if form == "xlsx":
        body = await asyncio.to_thread(to_xlsx, found, texts_of(request))
        return _file(body, MEDIA_TYPE, f"{file}.xlsx")
    raise not_listed(400, "format", "format is json, csv or xlsx", "json, csv, xlsx")


def _file(body: bytes, media: str, name: str, charset: str | None = None) -> web.Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return web.Response(body=body, content_type=media, charset=charset, headers=headers)


QUERY: Final = {
    "from": "first day",
    "until": "last day",
    "format": "json, csv or xlsx",
    "compare": "before (the period before, the default) or none",
    "table": "csv: which table; the first by default",
    "definitions": "csv: 0 leaves figures and definitions out",
    "bom": "csv: 1 puts the mark in front that Excel wants",
}

ROUTES = (
    Route(
        "GET", "/api/v1/reports/{name}", report, Permission.REPORTS_READ,
        f"A report: {', '.join(REPORTS)}", answer=Report, query=QUERY,
    ),
    Route(
        "GET", "/api/v1/operators/me/report", my_report, Permission.OPERATOR_STATE,
        "The sender's own time and conversations", answer=Report, query=QUERY,
    ),
)  # fmt: skip
