"""Calls, missed calls and recordings as pages."""

from __future__ import annotations

from typing import Literal, cast

from aiohttp import web

from agent_console.access import Permission, may
from agent_console.authentication import principal
from agent_console.calls.routes import linkedid_of
from agent_console.calls.service import caller_searched, caller_shape, callers_of, get_call, list_calls
from agent_console.dependencies import DEPENDENCIES
from agent_console.live_socket import HUB
from agent_console.missed.routes import CloseMissed, close_missed, list_missed
from agent_console.pages.desk import strip
from agent_console.pages.rendering import render
from agent_console.problems import Problem, not_found
from agent_console.routing import Route, query_integer
from storage import audit_repository, recording_search

_PAGE = 50
PURPOSES = ("complaint", "quality", "case", "training")


async def calls_page(request: web.Request) -> web.Response:
    """Answer with the list of calls, or only its rows."""
    found = await list_calls(
        request.app[DEPENDENCIES],
        text=request.query.get("search", "")[:100],
        limit=_PAGE,
        offset=query_integer(request, "offset", 0, low=0, high=10_000_000),
    )
    values = {"calls": found.items, "total": found.total}
    if "HX-Request" in request.headers:
        return render(request, "calls_rows.html", values)
    return render(request, "calls.html", strip(request) | values)


async def call_page(request: web.Request) -> web.Response:
    """Answer with one call."""
    call = await get_call(request.app[DEPENDENCIES], request.app[HUB].board, linkedid_of(request))
    can_listen = may(principal(request).user.role, Permission.RECORDINGS_LISTEN)
    return render(request, "call.html", strip(request) | {"call": call, "can_listen": can_listen})


async def missed_page(request: web.Request) -> web.Response:
    """Answer with the worklist of calls that got nothing."""
    offset = query_integer(request, "offset", 0, low=0, high=10_000_000)
    found = await list_missed(request.app[DEPENDENCIES], limit=_PAGE, offset=offset)
    return render(request, "missed.html", strip(request) | {"missed": found.items, "total": found.total})


async def close_page(request: web.Request) -> web.Response:
    """Close one missed call; its row is replaced by nothing."""
    given = await request.post()
    how = str(given.get("how", ""))
    if how not in ("callback", "case", "reason"):
        raise Problem(422, "invalid_field", "how is callback, case or reason", field="how")
    wanted = CloseMissed(how=cast("Literal['callback', 'case', 'reason']", how), note=str(given.get("note", ""))[:1000])
    missed_id = int(request.match_info["id"])
    await close_missed(request.app[DEPENDENCIES], missed_id, wanted, principal(request).user.username)
    return web.Response(status=303, headers={"Location": "/console/missed"})


async def recordings_page(request: web.Request) -> web.Response:
    """Answer with the table of recordings and the player."""
    deps = request.app[DEPENDENCIES]
    text = request.query.get("search", "")[:100]
    token, text = caller_searched(deps, text)
    chosen_id = request.query.get("recording", "")
    async with deps.database.read() as connection:
        found, total = await recording_search.search(connection, text=text, caller_token=token, limit=_PAGE)
        listened = await audit_repository.latest(connection, limit=10, target=chosen_id) if chosen_id else ()
    chosen = next((one for one in found if one.recording.id == chosen_id), None)
    if chosen_id and chosen is None:
        raise not_found("this recording")
    known = await callers_of(deps, (one.caller_token for one in found))
    rows = [(one, caller_shape(one.caller_kind, one.caller_token, known)) for one in found]
    values = {"rows": rows, "total": total, "chosen": chosen, "listened": listened, "purposes": PURPOSES}
    return render(request, "recordings.html", strip(request) | values)


ROUTES = (
    Route("GET", "/console/calls", calls_page, Permission.CALLS_READ, "Calls"),
    Route("GET", "/console/calls/{linkedid}", call_page, Permission.CALLS_READ, "One call"),
    Route("GET", "/console/missed", missed_page, Permission.MISSED_WORK, "Missed calls"),
    Route("POST", r"/console/missed/{id:\d{1,15}}/close", close_page, Permission.MISSED_WORK, "Close one"),
    Route("GET", "/console/recordings", recordings_page, Permission.RECORDINGS_LISTEN, "Recordings"),
)
