"""The operator's desk: call, case, context. Owns what the three columns show; the page's script does the rest.

The desk is drawn from the live board, so a reload, a second tab or another computer shows the same call.
"""

from __future__ import annotations

import logging
from typing import Any

from aiohttp import web

from agent_console.access import Permission
from agent_console.authentication import principal
from agent_console.call_board import LiveCall
from agent_console.calls.routes import linkedid_of
from agent_console.calls.schemas import CallerShape
from agent_console.calls.service import caller_shape, callers_of, shape_of
from agent_console.cases.service import shape
from agent_console.dependencies import DEPENDENCIES, ConsoleDependencies
from agent_console.live_socket import HUB
from agent_console.operators.routes import OUTCOMES, ROSTER
from agent_console.pages.rendering import render
from agent_console.problems import Problem, not_found
from agent_console.routing import Route
from storage import call_repository, case_near, case_repository
from storage.database import DatabaseDown

_LOG = logging.getLogger(__name__)
PAUSE_REASONS = ("pauza", "obrok", "obrada", "obuka", "sastanak")


def strip(request: web.Request) -> dict[str, Any]:
    """Return what the strip on every page shows."""
    app = request.app
    now = app[DEPENDENCIES].clock()
    waiting = app[HUB].board.waiting()
    user = principal(request).user
    return {
        "my_state": app[ROSTER].state_of(user.extension or ""),
        "waiting": waiting,
        "longest_since": (waiting[0].queued_at or now) if waiting else None,
        "seq": app[HUB].last_seq,
        "notice_on": app[DEPENDENCIES].urgent_notice_on(),
        "pause_reasons": PAUSE_REASONS,
    }


async def desk(request: web.Request) -> web.Response:
    """Answer with the whole desk."""
    deps = request.app[DEPENDENCIES]
    call = request.app[HUB].board.of_operator(principal(request).user.extension or "")
    groups: dict[str, list[Any]] = {}
    for service in deps.town.services:
        groups.setdefault(deps.town.organisation_name(service.organisation), []).append(service)
    values = strip(request) | await _columns(request, call)
    return render(request, "desk.html", values | {"groups": groups, "centre": deps.town.centre})


async def current(request: web.Request) -> web.Response:
    """Answer with the call and context columns of the sender's own call."""
    call = request.app[HUB].board.of_operator(principal(request).user.extension or "")
    return render(request, "desk_columns.html", await _columns(request, call))


async def pop(request: web.Request) -> web.Response:
    """Answer with the columns of one call, by its id."""
    call = request.app[HUB].board.calls.get(linkedid_of(request))
    if call is None:
        raise not_found("this call")
    return render(request, "desk_columns.html", await _columns(request, call))


async def _columns(request: web.Request, call: LiveCall | None) -> dict[str, Any]:
    deps = request.app[DEPENDENCIES]
    board = request.app[HUB].board
    values: dict[str, Any] = {
        "call": call,
        "caller": CallerShape(kind="unknown"),
        "own_cases": [],
        "earlier": [],
        "outcomes": OUTCOMES,
        "longest_today": board.longest_wait_today,
        "board_waiting": board.waiting(),
    }
    if call is None:
        return values
    values["caller"] = shape_of(call.caller)
    try:
        await _fill_from_records(deps, call, values)
    except DatabaseDown as error:
        # The call column must stand whatever the database does; context comes with the next refresh.
        _LOG.warning("pop without its context: %s", error)
    return values


async def _fill_from_records(deps: ConsoleDependencies, call: LiveCall, values: dict[str, Any]) -> None:
    token = deps.identity.token_of(call.caller.number) if call.caller and call.caller.number else None
    async with deps.database.read() as connection:
        record = await call_repository.get(connection, call.linkedid)
        token = token or (record.caller_token if record else None)
        if token is None:
            return
        values["own_cases"] = [
            shape(case, deps) for case in await case_repository.cases_of_caller(connection, token, 3)
        ]
        earlier, _ = await call_repository.search(connection, caller_token=token, limit=3)
        values["earlier"] = [one for one in earlier if one.linkedid != call.linkedid][:2]
    if not values["caller"].number:
        kind = record.caller_kind if record else None
        values["caller"] = caller_shape(kind, token, await callers_of(deps, [token]))


async def near(request: web.Request) -> web.Response:
    """Answer with the open cases near a place."""
    deps = request.app[DEPENDENCIES]
    try:
        latitude, longitude = float(request.query["latitude"]), float(request.query["longitude"])
    except (KeyError, ValueError) as error:
        raise Problem(400, "invalid_field", "give latitude and longitude", field="latitude") from error
    async with deps.database.read() as connection:
        found = await case_near.open_cases_near(connection, latitude, longitude, metres=250.0, limit=3)
    cases = [(shape(case, deps), round(away)) for case, away in found]
    return render(request, "desk_near.html", {"near": cases})


ROUTES = (
    Route("GET", "/console", desk, Permission.OPERATOR_STATE, "The operator's desk"),
    Route("GET", "/console/desk/call", current, Permission.OPERATOR_STATE, "The sender's call, as columns"),
    Route("GET", "/console/desk/near", near, Permission.CASES_READ, "Open cases near a place"),
    Route("GET", "/console/pop/{linkedid}", pop, Permission.CALLS_READ, "One call, as columns"),
)
