"""Addresses of calls. Thin: read the request, ask the service or the PBX, answer."""

from __future__ import annotations

import logging

from aiohttp import web

from agent_console.access import Permission
from agent_console.authentication import principal
from agent_console.calls.schemas import CallDetail, CallList, Done
from agent_console.calls.service import get_call, list_calls
from agent_console.dependencies import DEPENDENCIES
from agent_console.live_socket import HUB
from agent_console.problems import Problem, not_found, not_listed
from agent_console.routing import Route, json_answer, query_integer
from calls.ids import LinkedId, parse_linked_id
from storage import audit_repository
from storage.call_repository import ORDERS
from storage.database import DatabaseDown

_LOG = logging.getLogger(__name__)

LIST_QUERY = {
    "limit": "1 to 200, default 50",
    "offset": "default 0",
    "order": "a field name, with - for descending",
    "search": "words; diacritics and script do not matter",
}


def linkedid_of(request: web.Request) -> LinkedId:
    """Return the call id of the address. Raises Problem 404 for any other shape."""
    try:
        return parse_linked_id(request.match_info["linkedid"])
    except ValueError as error:
        raise not_found("this call", "no_call") from error


def order_of(request: web.Request, allowed: dict[str, object], default: str) -> str:
    """Return the wanted order. Raises Problem for one that does not exist."""
    order = request.query.get("order", default)
    if order not in allowed:
        raise not_listed(400, "order", f"order must be one of {', '.join(sorted(allowed))}", ", ".join(sorted(allowed)))
    return order


async def list_(request: web.Request) -> web.Response:
    """Answer with a page of calls."""
    found = await list_calls(
        request.app[DEPENDENCIES],
        text=request.query.get("search", "")[:100],
        outcome=request.query.get("outcome") or None,
        active_only=request.query.get("active") == "true",
        limit=query_integer(request, "limit", 50, low=1, high=200),
        offset=query_integer(request, "offset", 0, low=0, high=10_000_000),
        order=order_of(request, ORDERS, "-arrived_at"),
    )
    return json_answer(found)


async def get(request: web.Request) -> web.Response:
    """Answer with one call."""
    return json_answer(await get_call(request.app[DEPENDENCIES], request.app[HUB].board, linkedid_of(request)))


async def hang_up(request: web.Request) -> web.Response:
    """End the call."""
    return await _control(request, "hangup")


async def _control(request: web.Request, action: str) -> web.Response:
    deps = request.app[DEPENDENCIES]
    linkedid = linkedid_of(request)
    sender = principal(request).user
    call = request.app[HUB].board.calls.get(linkedid)
    # An operator steers the call that is theirs; a supervisor may steer any.
    if sender.role == "operator" and (call is None or sender.extension not in (call.operator, call.ringing)):
        raise Problem(403, "forbidden", "this is not your call", reason="not_your_call")
    await deps.call_control.hang_up(linkedid)
    try:
        async with deps.database.begin() as connection:
            await audit_repository.append(
                connection, at=deps.clock(), actor=sender.username, action=f"call_{action}", target=linkedid
            )
    except DatabaseDown as error:
        # It must work when the database does not; the system log then holds the trace.
        _LOG.warning("%s of %s by %s was not audited: %s", action, linkedid, sender.username, error)
    return json_answer(Done())


_CALL = "/api/v1/calls/{linkedid}"
ROUTES = (
    Route(
        "GET", "/api/v1/calls", list_, Permission.CALLS_READ, "Calls", answer=CallList,
        query=LIST_QUERY | {"outcome": "an outcome word", "active": "true: only calls that go on"},
    ),
    Route("GET", _CALL, get, Permission.CALLS_READ, "One call: legs, menu path, waits, outcome", answer=CallDetail),
    Route("POST", f"{_CALL}/hangup", hang_up, Permission.CALLS_CONTROL, "End the call", answer=Done),
)  # fmt: skip
