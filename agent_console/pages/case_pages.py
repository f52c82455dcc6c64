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
from agent_console.incidents.service import Place, join, matches
from agent_console.orders.service import send_order
from agent_console.pages.desk import strip
from agent_console.pages.rendering import render
from agent_console.problems import Problem
from agent_console.routing import Route, asked_of
from cases.lifecycle import TABLE, Status
from cases.order_text import Hazard
from storage import incident_repository


async def list_page(request: web.Request) -> web.Response:
    """Answer with the list, or only its rows for the search box."""
    deps = request.app[DEPENDENCIES]
    asked = await asked_of(request)
    found = await list_cases(deps, **search_of(request, asked, deps.clock()))
    statuses = [status.value for status in Status]
    values = {"cases": found.items, "total": found.total, "statuses": statuses, "asked": asked}
    if "HX-Request" in request.headers:
        return render(request, "cases_rows.html", values)
    return render(request, "cases.html", strip(request) | values)


async def page(request: web.Request) -> web.Response:
    """Answer with one case."""
    return await _page(request)


async def _page(request: web.Request, *, typed: str = "", conflicting: bool = False) -> web.Response:
    """Return the page of a case; `typed` is a reason that was written and not stored, because somebody was quicker."""
    deps = request.app[DEPENDENCIES]
    user = principal(request).user
    number = parse_number(request.match_info["number"])
    case = await detail(deps, number, user.role)
    async with deps.database.read() as connection:
        incident = (await incident_repository.of_cases(connection, [number])).get(number.digits)
        joined = await incident_repository.members(connection, incident.id) if incident else []
    place = Place(case.service_code or "", case.street, case.latitude, case.longitude)
    same = await matches(deps, place, besides=frozenset({number.digits})) if case.closed_at is None else []
    others = [line for line in case.timeline if line.kind != "note"]
    edges = TABLE[Status(case.status)]
    organisation = deps.town.organisations.get(case.organisation or "")
    values = {
        "case": case,
        "changes": [(name, edges[Status(name)].needs_note) for name in case.transitions if name not in _FORMS],
        "can_order": "ordered" in case.transitions and may(user.role, Permission.ORDERS_SEND),
        "is_supervisor": may(user.role, Permission.OPERATORS_MANAGE),
        "can_listen": may(user.role, Permission.RECORDINGS_LISTEN),
        "crews": organisation.crews if organisation else (),
        "hazards": [hazard.value for hazard in Hazard],
        "key": secrets.token_hex(16),
        "said": request.query.get("said", ""),
        "typed": typed,
        "conflict": others[-1] if conflicting and others else None,
        "incident": incident,
        "joined": joined,
        "same": same[:4],
    }
    return render(request, "case.html", strip(request) | values, status=409 if conflicting else 200)


async def post_note(request: web.Request) -> web.Response:
    """Add a note."""
    given = await request.post()
    number = parse_number(request.match_info["number"])
    text = str(given.get("text", "")).strip()
    if not 0 < len(text) <= 5000:
        raise Problem(422, "invalid_field", "write the note", field="text", reason="write_note")
    await add_note(request.app[DEPENDENCIES], number, text, principal(request).user, str(given.get("key", "")))
    return _back(number.digits)


def _version(text: str) -> int:
    """Return the version that the page showed. Raises Problem."""
    if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) < 1_000_000):
        raise Problem(422, "invalid_field", "reload the page", field="version", reason="page_old")
    return int(text)


async def post_transition(request: web.Request) -> web.Response:
    """Change the state."""
    given = await request.post()
    number = parse_number(request.match_info["number"])
    wanted = TransitionIn(
        status=str(given.get("status", ""))[:16],
        version=_version(str(given.get("version", ""))),
        note=str(given.get("note", ""))[:2000],
        organisation=str(given.get("organisation", ""))[:64] or None,
    )
    try:
        await change_status(request.app[DEPENDENCIES], number, wanted, principal(request).user)
    except Problem as problem:
        if problem.error_id != "conflict":
            raise
        return await _page(request, typed=wanted.note, conflicting=True)
    return _back(number.digits)


async def post_join(request: web.Request) -> web.Response:
    """Mark the case as a duplicate."""
    given = await request.post()
    number = parse_number(request.match_info["number"])
    chosen = str(given.get("number", "")).strip() or str(given.get("to", ""))
    version = _version(str(given.get("version", "")))
    if not chosen:
        raise Problem(
            422, "invalid_field", "choose the case that it is a duplicate of", field="to", reason="choose_lead"
        )
    note = str(given.get("note", ""))[:1000]
    user = principal(request).user
    await join(request.app[DEPENDENCIES], number, parse_number(chosen), note, version, user)
    return _back(number.digits)


async def post_order(request: web.Request) -> web.Response:
    """Send an order."""
    given = await request.post()
    number = parse_number(request.match_info["number"])
    known = {hazard.value for hazard in Hazard}
    wanted = OrderIn.model_validate(
        {
            "crew": str(given.get("crew", ""))[:64] or None,
            "urgent": "urgent" in given,
            "hazards": list(dict.fromkeys(str(one) for one in given.getall("hazards", []) if one in known)),
        }
    )
    key = str(given.get("key", ""))
    if len(key) < 8:
        raise Problem(422, "invalid_field", "reload the page", field="key", reason="page_old")
    await send_order(request.app[DEPENDENCIES], number, wanted, principal(request).user, key)
    return _back(number.digits)


async def post_photo(request: web.Request) -> web.Response:
    """Add a photo."""
    given = (await request.post()).get("photo")
    number = parse_number(request.match_info["number"])
    if not isinstance(given, web.FileField):
        raise Problem(422, "invalid_field", "choose a photo", field="photo", reason="choose_photo")
    await store_photo(request.app[DEPENDENCIES], number, given.file.read(), principal(request).user.username)
    return _back(number.digits)


def _back(number: str) -> web.Response:
    return web.Response(status=303, headers={"Location": f"/console/cases/{quote(number)}"})


_FORMS = ("ordered", "duplicate")  # these have forms of their own
_CASE = "/console/cases/{number}"
ROUTES = (
    Route("GET", "/console/cases", list_page, Permission.CASES_READ, "Cases"),
    Route("POST", "/console/cases", list_page, Permission.CASES_READ, "Search cases", most_bytes=8192),
    Route("GET", _CASE, page, Permission.CASES_READ, "One case"),
    Route("POST", f"{_CASE}/notes", post_note, Permission.CASES_WRITE, "Add a note"),
    Route("POST", f"{_CASE}/transitions", post_transition, Permission.CASES_WRITE, "Change the state"),
    Route("POST", f"{_CASE}/join", post_join, Permission.CASES_WRITE, "Mark it as a duplicate"),
    Route("POST", f"{_CASE}/orders", post_order, Permission.ORDERS_SEND, "Send an order"),
    Route("POST", f"{_CASE}/photos", post_photo, Permission.CASES_WRITE, "Add a photo", most_bytes=10 * 1024 * 1024),
)
