"""Addresses of the missed worklist. Thin: read the request, ask the service, answer."""

from __future__ import annotations

from aiohttp import web

from agent_console.access import Permission
from agent_console.authentication import principal
from agent_console.calls.routes import linkedid_of
from agent_console.dependencies import DEPENDENCIES
from agent_console.live_socket import HUB
from agent_console.missed.callback import call_back_call, call_back_missed
from agent_console.missed.schemas import CallbackBegun, Closed, CloseMissed, MissedList
from agent_console.missed.service import close_missed, list_missed
from agent_console.phones.routes import phone_of
from agent_console.routing import Route, json_answer, query_integer, read_body


async def list_(request: web.Request) -> web.Response:
    """Answer with a page of the worklist."""
    found = await list_missed(
        request.app[DEPENDENCIES],
        open_only=request.query.get("all") != "true",
        limit=query_integer(request, "limit", 50, low=1, high=200),
        offset=query_integer(request, "offset", 0, low=0, high=10_000_000),
    )
    return json_answer(found)


async def close(request: web.Request) -> web.Response:
    """Close a caller's row."""
    wanted = await read_body(request, CloseMissed)
    missed_id = int(request.match_info["id"])
    closed = await close_missed(request.app[DEPENDENCIES], missed_id, wanted, principal(request).user.username)
    return json_answer(Closed(id=missed_id, calls=list(closed)))


async def callback(request: web.Request) -> web.Response:
    """Ring the sender's phone, then the citizen."""
    app = request.app
    missed_id, user = int(request.match_info["id"]), principal(request).user
    begun = await call_back_missed(app[DEPENDENCIES], app[HUB].board, missed_id, user, phone_of(app, user))
    return json_answer(begun, status=201)


async def callback_of_call(request: web.Request) -> web.Response:
    """Ring the sender's phone, then the citizen who made this call."""
    app, user = request.app, principal(request).user
    linkedid = linkedid_of(request)
    begun = await call_back_call(app[DEPENDENCIES], app[HUB].board, linkedid, user, phone_of(app, user))
    return json_answer(begun, status=201)


_MISSED = r"/api/v1/missed/{id:\d{1,15}}"
ROUTES = (
    Route(
        "GET", "/api/v1/missed", list_, Permission.MISSED_WORK, "Callers who got nothing, what hurts most first",
        answer=MissedList,
        query={"all": "true: closed ones too", "limit": "1 to 200", "offset": "default 0"},
    ),
    Route(
        "POST", f"{_MISSED}/close", close, Permission.MISSED_WORK,
        "Close all of the caller's calls by a callback, a case or a reason",
        body=CloseMissed, answer=Closed, creates=True,
    ),
    Route(
        "POST", f"{_MISSED}/callback", callback, Permission.MISSED_WORK,
        "Call back: the sender's phone rings first", answer=CallbackBegun, creates=True, statuses=(201,),
    ),
    Route(
        "POST", "/api/v1/calls/{linkedid}/callback", callback_of_call, Permission.MISSED_WORK,
        "Call the caller of this call back", answer=CallbackBegun, creates=True, statuses=(201,),
    ),
)  # fmt: skip
