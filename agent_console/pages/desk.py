"""The operator's desk: call, case, context. Owns what the three columns show; the page's script does the rest.

The desk is drawn from the live board, so a reload, a second tab or another computer shows the same call.
"""

from __future__ import annotations

import logging
from collections import Counter
from typing import Any

from aiohttp import web

from agent_console.access import Permission
from agent_console.authentication import principal
from agent_console.call_board import LiveCall
from agent_console.calls.routes import linkedid_of
from agent_console.calls.schemas import CallerShape
from agent_console.calls.service import caller_shape, callers_of, shape_of
from agent_console.dependencies import DEPENDENCIES, ConsoleDependencies
from agent_console.incidents.routes import place_of
from agent_console.incidents.service import matches
from agent_console.live_socket import HUB
from agent_console.notices.routes import notice_now
from agent_console.operators.desk import State, told
from agent_console.operators.routes import ROSTER
from agent_console.pages.desk_context import Known, known_of, live_path
from agent_console.pages.languages import language_of
from agent_console.pages.rendering import render, texts_of
from agent_console.pages.texts import Texts
from agent_console.problems import not_found
from agent_console.routing import Route
from calls.caller import CallerKind
from storage import user_repository
from storage.database import DatabaseDown

_LOG = logging.getLogger(__name__)


def strip(request: web.Request) -> dict[str, Any]:
    """Return what the strip on every page shows."""
    app = request.app
    now = app[DEPENDENCIES].clock()
    waiting = app[HUB].board.waiting()
    return {
        "mine": mine_of(request),
        "waiting": waiting,
        "waiting_by_queue": Counter(call.queue for call in waiting if call.queue),
        "longest_since": (waiting[0].queued_at or now) if waiting else None,
        "seq": app[HUB].last_seq,
        "notice_now": notice_now(app[DEPENDENCIES]),
        "pause_reasons": app[DEPENDENCIES].town.desk.pause_reasons,
    }


def mine_of(request: web.Request) -> dict[str, Any]:
    """Return the sender's own state in words: what it is, until when, and what comes after it."""
    roster, deps = request.app[ROSTER], request.app[DEPENDENCIES]
    found = roster.desk(principal(request).user.extension or "")
    if found is None:
        blank = {"state": "offline", "wanted": "offline"}
        return blank | dict.fromkeys(
            ("reason", "reason_name", "since", "until", "then", "busy", "fault", "linkedid"), ""
        )
    words = texts_of(request)
    busy = found.state in (State.RINGING, State.TALKING, State.WRAPUP)
    mine = told(found, roster.fault(found.extension)) | {"busy": busy, "then": ""}
    mine["reason_name"] = pause_name(deps, words, found.reason)
    if busy and found.wanted.state is not State.READY:
        reason = pause_name(deps, words, mine["wanted_reason"])
        mine["then"] = words.word("state", found.wanted.state.value) + (f": {reason}" if reason else "")
    return mine


def pause_name(deps: ConsoleDependencies, words: Texts, reason: str) -> str:
    """Return a pause's reason in words: the town's, else the server's own, else as it is."""
    known = deps.town.desk.reason(reason)
    return known.name_in(words.language) if known else words.word("pause", reason)


async def mine(request: web.Request) -> web.Response:
    """Answer with the sender's own state only."""
    return render(request, "strip_mine.html", strip(request))


def call_on_desk(request: web.Request) -> tuple[LiveCall | None, bool]:
    """Return the call on the sender's screen, and whether its wrap-up goes on."""
    board, extension = request.app[HUB].board, principal(request).user.extension or ""
    mine = request.app[ROSTER].desk(extension)
    if mine is None or mine.state is not State.WRAPUP:
        return board.of_operator(extension), False
    call = board.calls.get(mine.linkedid) or LiveCall(
        mine.linkedid, mine.since, operator=extension, ended_at=mine.since
    )
    return call, True


async def desk(request: web.Request) -> web.Response:
    """Answer with the whole desk."""
    deps = request.app[DEPENDENCIES]
    groups: dict[str, list[Any]] = {}
    for service in deps.town.services:
        groups.setdefault(deps.town.organisation_name(service.organisation), []).append(service)
    values = strip(request) | await _columns(request, *call_on_desk(request))
    return render(request, "desk.html", values | {"groups": groups, "centre": deps.town.centre})


async def current(request: web.Request) -> web.Response:
    """Answer with the call and context columns of the sender's own call."""
    return render(request, "desk_columns.html", await _columns(request, *call_on_desk(request)))


async def pop(request: web.Request) -> web.Response:
    """Answer with the columns of one call, by its id."""
    call = request.app[HUB].board.calls.get(linkedid_of(request))
    if call is None:
        raise not_found("this call", "no_call")
    return render(request, "desk_columns.html", await _columns(request, call))


async def _columns(request: web.Request, call: LiveCall | None, wrapping: bool = False) -> dict[str, Any]:
    deps = request.app[DEPENDENCIES]
    board = request.app[HUB].board
    values: dict[str, Any] = {
        "call": call,
        "wrapping": mine_of(request) if wrapping else None,
        "caller": CallerShape(kind="unknown"),
        "colleague": "",
        "verified": deps.town.numbers_verified,
        "outcomes": [one.id for one in deps.town.desk.outcomes],
        "longest_today": board.longest_wait_today,
        "board_waiting": board.waiting(),
    } | Known().values()
    if call is None:
        return values
    values["caller"] = shape_of(call.caller)
    values["path"] = live_path(deps, call, language_of(request).catalogue)
    try:
        known = await known_of(deps, call, language_of(request).catalogue)
        values |= known.values()
        if values["caller"].kind == "unknown":
            values["caller"] = caller_shape(known.kind, known.token, await callers_of(deps, [known.token]))
        if values["caller"].kind == CallerKind.INTERNAL.value:
            values["colleague"] = await _colleague(deps, values["caller"].number)
    except DatabaseDown as error:
        # The call column must stand whatever the database does; context comes with the next refresh.
        _LOG.warning("pop without its context: %s", error)
    return values


async def _colleague(deps: ConsoleDependencies, extension: str) -> str:
    async with deps.database.read() as connection:
        users = await user_repository.list_users(connection)
    return next((user.display_name or user.username for user in users if user.extension == extension), "")


async def near(request: web.Request) -> web.Response:
    """Answer with the open cases that may be about the same thing, each with the reason."""
    found = await matches(request.app[DEPENDENCIES], place_of(request))
    return render(request, "desk_near.html", {"near": found[:5]})


ROUTES = (
    Route("GET", "/console", desk, Permission.OPERATOR_STATE, "The operator's desk"),
    Route("GET", "/console/mine", mine, Permission.OPERATOR_STATE, "The sender's own state"),
    Route("GET", "/console/desk/call", current, Permission.OPERATOR_STATE, "The sender's call, as columns"),
    Route("GET", "/console/desk/near", near, Permission.CASES_READ, "Open cases near a place"),
    Route("GET", "/console/pop/{linkedid}", pop, Permission.CALLS_READ, "One call, as columns"),
)
