"""The live board, the administrator's page, and "go to". Owns what each of them gathers."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from agent_console.access import Permission, may
from agent_console.authentication import principal
from agent_console.calls.service import list_calls
from agent_console.cases.service import list_cases, shape
from agent_console.dependencies import DEPENDENCIES
from agent_console.live_socket import HUB
from agent_console.operators.routes import ROSTER, list_operators
from agent_console.pages.desk import strip
from agent_console.pages.rendering import NAVIGATION, render
from agent_console.reports.routes import TARGET_SECONDS, call_report_of
from agent_console.routing import Route
from storage import alarm_repository, audit_repository, call_repository, case_repository, user_repository

_SHOWN = 8
_CHECKED = 1000  # rows of the audit log that the page checks; `doctor` may read them all


async def _board(request: web.Request) -> dict[str, Any]:
    deps = request.app[DEPENDENCIES]
    board = request.app[HUB].board
    now = deps.clock()
    zone = ZoneInfo(deps.town.zone)
    today = now.astimezone(zone).date()
    async with deps.database.read() as connection:
        counts = await case_repository.counts(connection, now)
        overdue, _ = await case_repository.search(connection, overdue_at=now, limit=_SHOWN, order="due_at")
        alarms = await alarm_repository.active_alarms(connection)
        live = await call_repository.live_summary(connection, now, datetime.combine(today, time(), zone))
    report = await call_report_of(deps, today, today)
    operators = await list_operators(deps, request.app[ROSTER], board)
    return {
        "counts": counts,
        "overdue": [shape(case, deps) for case in overdue],
        "alarms": alarms,
        "live": live,
        "active": len(board.active()),
        "day": report.items[0] if report.items else None,
        "target": int(TARGET_SECONDS),
        "operators": operators.items,
    }


async def board_page(request: web.Request) -> web.Response:
    """Answer with the wall board."""
    return render(request, "board.html", strip(request) | await _board(request))


async def board_live(request: web.Request) -> web.Response:
    """Answer with the board's moving part only."""
    return render(request, "board_live.html", strip(request) | await _board(request))


async def admin_page(request: web.Request) -> web.Response:
    """Answer with what is wrong and how to mend it, then accounts, then the newest of the audit log."""
    deps = request.app[DEPENDENCIES]
    async with deps.database.read() as connection:
        alarms = await alarm_repository.active_alarms(connection)
        users = await user_repository.list_users(connection)
        audit = await audit_repository.latest(connection, limit=30)
        broken = await audit_repository.first_broken_row(connection, newest=_CHECKED)
    values = {"alarms": alarms, "users": users, "audit": audit, "broken": broken}
    return render(request, "admin.html", strip(request) | values)


async def go_to(request: web.Request) -> web.Response:
    """Answer with what the "go to" box found: pages, cases, calls."""
    deps = request.app[DEPENDENCIES]
    user = principal(request).user
    text = request.query.get("q", "").strip()[:100]
    texts: dict[str, Any] = {"pages": [], "cases": [], "calls": [], "text": text}
    texts["pages"] = [(name, address) for name, address, permission in NAVIGATION if may(user.role, permission)]
    if text and may(user.role, Permission.CASES_READ):
        texts["cases"] = (await list_cases(deps, text=text, limit=6)).items
    if len(text) >= 3 and may(user.role, Permission.CALLS_READ):
        texts["calls"] = (await list_calls(deps, text=text, limit=4)).items
    return render(request, "go_to.html", texts)


async def strip_part(request: web.Request) -> web.Response:
    """Answer with the strip's moving part only."""
    return render(request, "strip_queue.html", strip(request))


ROUTES = (
    Route("GET", "/console/board", board_page, Permission.BOARD_READ, "The live board"),
    Route("GET", "/console/board/live", board_live, Permission.BOARD_READ, "The board's moving part"),
    Route("GET", "/console/admin", admin_page, Permission.ADMINISTER, "Alarms, accounts, audit"),
    Route("GET", "/console/go", go_to, Permission.SIGNED_IN, "Go to"),
    Route("GET", "/console/strip", strip_part, Permission.BOARD_READ, "The queue strip"),
)
