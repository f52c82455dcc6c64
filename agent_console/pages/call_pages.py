"""Calls as pages."""

from __future__ import annotations

from aiohttp import web

from agent_console.access import Permission, may
from agent_console.authentication import principal
from agent_console.calls.routes import linkedid_of
from agent_console.calls.service import get_call, list_calls
from agent_console.dependencies import DEPENDENCIES
from agent_console.live_socket import HUB
from agent_console.pages.desk import strip
from agent_console.pages.rendering import render
from agent_console.routing import Route, asked_of, query_integer

_PAGE = 50


async def calls_page(request: web.Request) -> web.Response:
    """Answer with the list of calls, or only its rows."""
    asked = await asked_of(request)
    found = await list_calls(
        request.app[DEPENDENCIES],
        text=asked.get("search", "")[:100],
        limit=_PAGE,
        offset=query_integer(request, "offset", 0, low=0, high=10_000_000),
    )
    values = {"calls": found.items, "total": found.total, "asked": asked}
    if "HX-Request" in request.headers:
        return render(request, "calls_rows.html", values)
    return render(request, "calls.html", strip(request) | values)


async def call_page(request: web.Request) -> web.Response:
    """Answer with one call."""
    call = await get_call(request.app[DEPENDENCIES], request.app[HUB].board, linkedid_of(request))
    role, deps = principal(request).user.role, request.app[DEPENDENCIES]
    values = {
        "call": call,
        "can_listen": may(role, Permission.RECORDINGS_LISTEN),
        "can_snoop": may(role, Permission.CALLS_SNOOP),
        "snoop_announced": deps.snoop_announced,
    }
    return render(request, "call.html", strip(request) | values)


ROUTES = (
    Route("GET", "/console/calls", calls_page, Permission.CALLS_READ, "Calls"),
    Route("POST", "/console/calls", calls_page, Permission.CALLS_READ, "Search calls", most_bytes=8192),
    Route("GET", "/console/calls/{linkedid}", call_page, Permission.CALLS_READ, "One call"),
)
