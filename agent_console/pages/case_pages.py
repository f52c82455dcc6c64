"""Cases as pages: list, one case, and the forms on it. Forms answer with a redirect, so that Back and reload work."""

from __future__ import annotations

import secrets
from urllib.parse import quote

from aiohttp import web

from agent_console.access import Permission, may
from agent_console.authentication import principal
from agent_console.cases.routes import detail, search_of, store_photo
from agent_console.cases.schemas import OrderIn, TransitionIn
from agent_console.cases.service import add_note, change_status, list_cases, parse_number
from agent_console.dependencies import DEPENDENCIES
from agent_console.orders.service import send_order
from agent_console.pages.desk import strip
from agent_console.pages.rendering import render
from agent_console.problems import Problem
from agent_console.routing import Route
from cases.lifecycle import TABLE, Status
from cases.order_text import Hazard


async def list_page(request: web.Request) -> web.Response:
    """Answer with the list, or only its rows for the search box."""
    deps = request.app[DEPENDENCIES]
    found = await list_cases(deps, **search_of(request, deps.clock()))
    values = {"cases": found.items, "total": found.total, "statuses": [status.value for status in Status]}
    if "HX-Request" in request.headers:
        return render(request, "cases_rows.html", values)
    return render(request, "cases.html", strip(request) | values)


async def page(request: web.Request) -> web.Response:
    """Answer with one case."""
    deps = request.app[DEPENDENCIES]
    user = principal(request).user
    case = await detail(deps, parse_number(request.match_info["number"]), user.role)
    edges = TABLE[Status(case.status)]
    organisation = deps.town.organisations.get(case.organisation or "")
    values = {
        "case": case,
        "changes": [(name, edges[Status(name)].needs_note) for name in case.transitions if name != "ordered"],
        "can_order": "ordered" in case.transitions and may(user.role, Permission.ORDERS_SEND),
        "can_listen": may(user.role, Permission.RECORDINGS_LISTEN),
        "crews": organisation.crews if organisation else (),
        "hazards": [hazard.value for hazard in Hazard],
        "key": secrets.token_hex(16),
        "said": request.query.get("said", ""),
    }
    return render(request, "case.html", strip(request) | values)


async def post_note(request: web.Request) -> web.Response:
    """Add a note."""
    given = await request.post()
    number = parse_number(request.match_info["number"])
    text = str(given.get("text", "")).strip()
    if not 0 < len(text) <= 5000:
        raise Problem(422, "invalid_field", "write the note", field="text")
    await add_note(request.app[DEPENDENCIES], number, text, principal(request).user, str(given.get("key", "")))
    return _back(number.digits)


async def post_transition(request: web.Request) -> web.Response:
    """Change the state."""
    given = await request.post()
    number = parse_number(request.match_info["number"])
    version = str(given.get("version", ""))
    if not version.isdigit():
        raise Problem(422, "invalid_field", "reload the page", field="version")
    wanted = TransitionIn(
        status=str(given.get("status", ""))[:16],
        version=int(version),
        note=str(given.get("note", ""))[:2000],
        organisation=str(given.get("organisation", "")) or None,
    )
    await change_status(request.app[DEPENDENCIES], number, wanted, principal(request).user)
    return _back(number.digits)


async def post_order(request: web.Request) -> web.Response:
    """Send an order."""
    given = await request.post()
    number = parse_number(request.match_info["number"])
    known = {hazard.value for hazard in Hazard}
    wanted = OrderIn.model_validate(
        {
            "crew": str(given.get("crew", "")) or None,
            "urgent": "urgent" in given,
            "hazards": [str(one) for one in given.getall("hazards", []) if one in known],
        }
    )
    key = str(given.get("key", ""))
    if len(key) < 8:
        raise Problem(422, "invalid_field", "reload the page", field="key")
    await send_order(request.app[DEPENDENCIES], number, wanted, principal(request).user, key)
    return _back(number.digits)


async def post_photo(request: web.Request) -> web.Response:
    """Add a photo."""
    given = (await request.post()).get("photo")
    number = parse_number(request.match_info["number"])
    if not isinstance(given, web.FileField):
        raise Problem(422, "invalid_field", "choose a photo", field="photo")
    await store_photo(request.app[DEPENDENCIES], number, given.file.read(), principal(request).user.username)
    return _back(number.digits)


def _back(number: str) -> web.Response:
    return web.Response(status=303, headers={"Location": f"/console/cases/{quote(number)}"})


_CASE = "/console/cases/{number}"
ROUTES = (
    Route("GET", "/console/cases", list_page, Permission.CASES_READ, "Cases"),
    Route("GET", _CASE, page, Permission.CASES_READ, "One case"),
    Route("POST", f"{_CASE}/notes", post_note, Permission.CASES_WRITE, "Add a note"),
    Route("POST", f"{_CASE}/transitions", post_transition, Permission.CASES_WRITE, "Change the state"),
    Route("POST", f"{_CASE}/orders", post_order, Permission.ORDERS_SEND, "Send an order"),
    Route("POST", f"{_CASE}/photos", post_photo, Permission.CASES_WRITE, "Add a photo", most_bytes=10 * 1024 * 1024),
)
