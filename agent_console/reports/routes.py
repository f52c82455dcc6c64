"""Reports: `calls` by day, as JSON or CSV. Owns the request's dates and the two forms; formulas are in storage."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from aiohttp import web
from pydantic import BaseModel

from agent_console.access import Permission
from agent_console.dependencies import DEPENDENCIES, ConsoleDependencies
from agent_console.problems import Problem, not_found
from agent_console.routing import Route, json_answer
from storage import call_report

TARGET_SECONDS = 20.0
_LONGEST = timedelta(days=366)


class DayRow(BaseModel):
    """One day; formulas in `storage/call_report.py`. Levels are 0–1, None when nothing was offered or answered."""

    day: date
    arrived: int
    queued: int
    answered: int
    abandoned: int
    level_of_answered: float | None
    level_of_offered: float | None
    average_wait: float | None
    longest_wait: float
    outcomes: dict[str, int]


class CallReport(BaseModel):
    """Days from `since` to `until` (both included), in the town's time zone."""

    name: str = "calls"
    since: date
    until: date
    target_seconds: float
    items: list[DayRow]
    total: int


async def call_report_of(deps: ConsoleDependencies, since: date, until: date) -> CallReport:
    """Return the report of two local dates, both included."""
    zone = ZoneInfo(deps.town.zone)
    start = datetime.combine(since, time(), zone)
    end = datetime.combine(until + timedelta(days=1), time(), zone)
    async with deps.database.read() as connection:
        days = await call_report.calls_by_day(connection, since=start, until=end, zone=zone, target=TARGET_SECONDS)
    items = [
        DayRow(
            day=one.day,
            arrived=one.arrived,
            queued=one.queued,
            answered=one.answered,
            abandoned=one.abandoned,
            level_of_answered=one.within / one.answered if one.answered else None,
            level_of_offered=one.within / one.queued if one.queued else None,
            average_wait=one.total_wait / one.answered if one.answered else None,
            longest_wait=one.longest_wait,
            outcomes=one.outcomes,
        )
        for one in days
    ]
    return CallReport(since=since, until=until, target_seconds=TARGET_SECONDS, items=items, total=len(items))


async def report(request: web.Request) -> web.Response:
    """Answer with a report."""
    deps = request.app[DEPENDENCIES]
    if request.match_info["name"] != "calls":
        raise not_found("this report")
    today = deps.clock().astimezone(ZoneInfo(deps.town.zone)).date()
    since = _date(request, "from", today - timedelta(days=6))
    until = _date(request, "until", today)
    if not timedelta(0) <= until - since <= _LONGEST:
        raise Problem(400, "invalid_field", "until must be within 366 days after from", field="until")
    found = await call_report_of(deps, since, until)
    form = request.query.get("format", "json")
    if form == "json":
        return json_answer(found)
    if form == "csv":
        return _csv(found)
    raise Problem(400, "invalid_field", "format is json or csv", field="format")


def _date(request: web.Request, name: str, default: date) -> date:
    try:
        return date.fromisoformat(request.query[name]) if name in request.query else default
    except ValueError as error:
        raise Problem(400, "invalid_field", f"{name} is a date such as 2026-03-01", field=name) from error


def _csv(found: CallReport) -> web.Response:
    names = [name for name in DayRow.model_fields if name != "outcomes"]
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(names)
    for row in found.items:
        values = row.model_dump(mode="json")
        writer.writerow(["" if values[name] is None else values[name] for name in names])
    headers = {"Content-Disposition": f'attachment; filename="calls-{found.since}-{found.until}.csv"'}
    return web.Response(text=file.getvalue(), content_type="text/csv", headers=headers)


ROUTES = (
    Route(
        "GET",
        "/api/v1/reports/{name}",
        report,
        Permission.REPORTS_READ,
        "A report: `calls`",
        answer=CallReport,
        query={"from": "first day", "until": "last day", "format": "json or csv"},
    ),
)
