"""The live board, the supervisor's operators, and "go to". Owns what each of them gathers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from agent_console.access import Permission, may
from agent_console.authentication import principal
from agent_console.call_board import CallBoard
from agent_console.calls.service import list_calls
from agent_console.cases.service import list_cases, shape
from agent_console.dependencies import DEPENDENCIES
from agent_console.live_socket import HUB
from agent_console.operators.routes import ROSTER, list_operators
from agent_console.operators.schemas import OperatorShape
from agent_console.pages.alarm_words import said
from agent_console.pages.desk import pause_name, strip
from agent_console.pages.rendering import NAVIGATION, render, texts_of
from agent_console.reports.routes import call_report_of
from agent_console.routing import Route, asked_of
from storage import (
    alarm_call_repository,
    alarm_repository,
    case_repository,
    missed_worklist,
    work_repository,
)

_SHOWN = 8
_STATES = ("talking", "ringing", "wrapup", "ready", "paused", "offline")


async def _board(request: web.Request) -> dict[str, Any]:
    deps = request.app[DEPENDENCIES]
    board = request.app[HUB].board
    now = deps.clock()
    today = now.astimezone(ZoneInfo(deps.town.zone)).date()
    async with deps.database.read() as connection:
        counts = await case_repository.counts(connection, now)
        overdue, _ = await case_repository.search(connection, overdue_at=now, limit=_SHOWN, order="due_at")
        alarms = await alarm_repository.active_alarms(connection)
        told = await alarm_call_repository.calls_about(connection, alarms)
        _, missed = await missed_worklist.worklist(connection, limit=1)
    report = await call_report_of(deps, today, today)
    operators = (await list_operators(deps, request.app[ROSTER], board)).items
    shown = sorted(operators, key=lambda one: (_STATES.index(_state_of(one)), one.extension))
    states = [_state_of(one) for one in shown]
    return {
        "counts": counts,
        "overdue": [shape(case, deps) for case in overdue],
        "alarms": [said(texts_of(request), alarm) for alarm in alarms],
        "active": len(board.active()),
        "today": {one.name: one.value for one in report.figures},
        "target": int(deps.report_rules.target_seconds),
        "operators": shown,
        "people_by_state": [(state, states.count(state)) for state in _STATES if state in states],
        "since_of": {one.extension: _since(board, one) for one in shown},
        "told": {alarm.id: told[alarm.id][-1] if told[alarm.id] else None for alarm in alarms},
        "missed": missed,
        "lost_since": deps.link_lost_since(),
        "reason_name": lambda reason: pause_name(deps, texts_of(request), reason),
    }


def _state_of(one: OperatorShape) -> str:
    state = one.state if one.phone == "idle" else one.phone
    return state if state in _STATES else _STATES[-1]


def _since(board: CallBoard, one: OperatorShape) -> datetime | None:
    """Return since when an operator is in the state that the card shows."""
    call = board.calls.get(one.linkedid or "")
    if call is None or one.phone == "idle":
        return one.since
    return call.answered_at if one.phone == "talking" else None


async def board_page(request: web.Request) -> web.Response:
    """Answer with the wall board."""
    return render(request, "board.html", strip(request) | await _board(request))


async def board_live(request: web.Request) -> web.Response:
    """Answer with the board's moving part only."""
    return render(request, "board_live.html", strip(request) | await _board(request))


async def go_to(request: web.Request) -> web.Response:
    """Answer with what the "go to" box found: pages, cases, calls."""
    deps = request.app[DEPENDENCIES]
    user = principal(request).user
    text = (await asked_of(request)).get("q", "").strip()[:100]
    texts: dict[str, Any] = {"pages": [], "cases": [], "calls": [], "text": text}
    texts["pages"] = [(name, address) for name, address, permission in NAVIGATION if may(user.role, permission)]
    if text and may(user.role, Permission.CASES_READ):
        texts["cases"] = (await list_cases(deps, text=text, limit=6)).items
    if len(text) >= 3 and may(user.role, Permission.CALLS_READ):
        texts["calls"] = (await list_calls(deps, text=text, limit=4)).items
    return render(request, "go_to.html", texts)


async def _operators(request: web.Request) -> dict[str, Any]:
    deps, app = request.app[DEPENDENCIES], request.app
    words = texts_of(request)
    async with deps.database.read() as connection:
        missing = await work_repository.missing_outcomes(connection, deps.clock() - timedelta(days=1))
    return strip(request) | {
        "operators": (await list_operators(deps, app[ROSTER], app[HUB].board)).items,
        "missing": missing,
        "queues": app[ROSTER].known_queues(),
        "reason_name": lambda reason: pause_name(deps, words, reason),
    }


async def operators_page(request: web.Request) -> web.Response:
    """Answer with the supervisor's list of operators."""
    return render(request, "operators.html", await _operators(request))


async def operators_rows(request: web.Request) -> web.Response:
    """Answer with the list's moving part only."""
    return render(request, "operators_rows.html", await _operators(request))


async def strip_part(request: web.Request) -> web.Response:
    """Answer with the strip's moving part only."""
    return render(request, "strip_queue.html", strip(request))


ROUTES = (
    Route("GET", "/console/board", board_page, Permission.BOARD_READ, "The live board"),
    Route("GET", "/console/board/live", board_live, Permission.BOARD_READ, "The board's moving part"),
    Route("GET", "/console/operators", operators_page, Permission.OPERATORS_MANAGE, "Operators, for a supervisor"),
    Route("GET", "/console/operators/rows", operators_rows, Permission.OPERATORS_MANAGE, "The list's moving part"),
    Route("POST", "/console/go", go_to, Permission.SIGNED_IN, "Go to", most_bytes=8192),
    Route("GET", "/console/strip", strip_part, Permission.BOARD_READ, "The queue strip"),
)
