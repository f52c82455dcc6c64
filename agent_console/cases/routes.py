"""Addresses of cases. Thin: read the request, ask the service, answer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiohttp import web

from agent_console.access import Permission
from agent_console.authentication import principal
from agent_console.calls.routes import LIST_QUERY, order_of
from agent_console.cases import photos
from agent_console.cases.schemas import (
    CaseCreated,
    CaseDetail,
    CaseIn,
    CaseList,
    CaseShape,
    NoteIn,
    Preview,
    Stored,
    TimelineLine,
    TransitionIn,
)
from agent_console.cases.service import (
    add_line,
    add_note,
    change_status,
    create_case,
    list_cases,
    parse_number,
    preview,
    shape,
)
from agent_console.dependencies import DEPENDENCIES, ConsoleDependencies
from agent_console.orders.service import orders_of
from agent_console.problems import Problem, not_found, not_listed
from agent_console.routing import Route, json_answer, query_integer, read_body
from calls.ids import CaseNumber
from cases.lifecycle import Role, Status, allowed_targets
from storage import case_repository
from storage.case_repository import ORDERS


def search_of(request: web.Request, asked: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """Return what a list of cases is asked for; `asked`: the query, or what a form sent. Raises Problem."""
    text = asked.get("status", "")
    try:
        status = [Status(word) for word in text.split(",") if word]
    except ValueError as error:
        raise not_listed(400, "status", f"status is one of {', '.join(Status)}", ", ".join(Status)) from error
    return {
        "text": asked.get("search", "")[:100],
        "status": status,
        "organisation": asked.get("organisation") or None,
        "open_only": asked.get("open") == "true",
        "overdue_at": now if asked.get("overdue") == "true" else None,
        "limit": query_integer(request, "limit", 50, low=1, high=200),
        "offset": query_integer(request, "offset", 0, low=0, high=10_000_000),
        "order": order_of(request, ORDERS, "-created_at"),
    }


async def detail(deps: ConsoleDependencies, number: CaseNumber, role: str) -> CaseDetail:
    """Return a case with its timeline, orders, and what the role may make of it. Raises Problem 404."""
    async with deps.database.read() as connection:
        case = await case_repository.get(connection, number)
        if case is None:
            raise not_found("this case", "no_case")
        timeline = await case_repository.timeline(connection, number)
    return CaseDetail(
        **shape(case, deps).model_dump(),
        timeline=[
            TimelineLine(id=one.id, at=one.at, kind=one.kind, actor=one.actor, data=one.data) for one in timeline
        ],
        orders=await orders_of(deps, number),
        transitions=[status.value for status in allowed_targets(case.status, Role(role))],
    )


async def list_(request: web.Request) -> web.Response:
    """Answer with a page of cases."""
    deps = request.app[DEPENDENCIES]
    return json_answer(await list_cases(deps, **search_of(request, request.query, deps.clock())))


async def get(request: web.Request) -> web.Response:
    """Answer with one case."""
    number = parse_number(request.match_info["number"])
    return json_answer(await detail(request.app[DEPENDENCIES], number, principal(request).user.role))


async def create(request: web.Request) -> web.Response:
    """Make a case."""
    wanted = await read_body(request, CaseIn)
    created = await create_case(request.app[DEPENDENCIES], wanted, principal(request).user)
    return json_answer(created, status=201)


async def transition(request: web.Request) -> web.Response:
    """Change a case's state."""
    number = parse_number(request.match_info["number"])
    wanted = await read_body(request, TransitionIn)
    return json_answer(await change_status(request.app[DEPENDENCIES], number, wanted, principal(request).user))


async def note(request: web.Request) -> web.Response:
    """Put a note on the timeline."""
    number = parse_number(request.match_info["number"])
    wanted = await read_body(request, NoteIn)
    await add_note(request.app[DEPENDENCIES], number, wanted.text, principal(request).user)
    return json_answer(Stored(), status=201)


async def photo(request: web.Request) -> web.Response:
    """Store a picture; multipart with `photo` (JPEG, PNG), or the picture itself as the body."""
    deps = request.app[DEPENDENCIES]
    number = parse_number(request.match_info["number"])
    name = await store_photo(deps, number, await _picture(request), principal(request).user.username)
    return json_answer(Stored(id=name), status=201)


async def store_photo(deps: ConsoleDependencies, number: CaseNumber, data: bytes, actor: str) -> str:
    """Store a picture and its line on the timeline; return the picture's id. Raises Problem."""
    async with deps.database.read() as connection:
        if await case_repository.get(connection, number) is None:
            raise not_found("this case", "no_case")
    store = asyncio.get_running_loop().run_in_executor
    try:
        name = await store(None, photos.store, deps.photos_dir, number.digits, data)
    except photos.NotAPhoto as error:
        raise Problem(422, "invalid_field", str(error), field="photo", reason="not_a_photo") from error
    await add_line(deps, number, actor, "photo", {"photo": name}, f"photo:{number.digits}:{name}")
    return name


async def _picture(request: web.Request) -> bytes:
    if request.content_type != "multipart/form-data":
        return await request.read()
    field = (await request.post()).get("photo")
    if isinstance(field, web.FileField):
        return field.file.read()
    raise Problem(422, "invalid_field", "send the picture as `photo`", field="photo", reason="choose_photo")


async def get_photo(request: web.Request) -> web.StreamResponse:
    """Answer with a stored picture."""
    number = parse_number(request.match_info["number"])
    path = photos.find(request.app[DEPENDENCIES].photos_dir, number.digits, request.match_info["photo"])
    if path is None:
        raise not_found("this photo", "no_photo")
    return web.FileResponse(path)


async def get_preview(request: web.Request) -> web.Response:
    """Answer with what a category means."""
    return json_answer(preview(request.app[DEPENDENCIES], request.match_info["code"]))


_CASE = "/api/v1/cases/{number}"
ROUTES = (
    Route(
        "GET", "/api/v1/cases", list_, Permission.CASES_READ, "Cases", answer=CaseList,
        query=LIST_QUERY | {
            "status": "states, comma between", "organisation": "id of the responsible body",
            "open": "true: only open ones", "overdue": "true: only overdue ones",
        },
    ),
    Route(
        "POST", "/api/v1/cases", create, Permission.CASES_WRITE, "Make a case; answers with the PIN, once",
        body=CaseIn, answer=CaseCreated, creates=True, statuses=(201,),
    ),
    Route("GET", _CASE, get, Permission.CASES_READ, "One case with timeline and orders", answer=CaseDetail),
    Route(
        "POST", f"{_CASE}/transitions", transition, Permission.CASES_WRITE, "Change its state",
        body=TransitionIn, answer=CaseShape, creates=True,
    ),
    Route(
        "POST", f"{_CASE}/notes", note, Permission.CASES_WRITE, "Add a note",
        body=NoteIn, answer=Stored, creates=True, statuses=(201,),
    ),
    Route(
        "POST", f"{_CASE}/photos", photo, Permission.CASES_WRITE, "Add a picture (JPEG, PNG; metadata is removed)",
        answer=Stored, creates=True, statuses=(201,), most_bytes=photos.MOST_BYTES,
        takes=("image/jpeg", "image/png", "multipart/form-data"),
    ),
    Route(
        "GET", f"{_CASE}/photos/{{photo}}", get_photo, Permission.CASES_READ, "A picture of the case",
        media="image/jpeg",
    ),
    Route(
        "GET", "/api/v1/services/{code}", get_preview, Permission.CASES_READ,
        "What a category means: body, deadline, procedure", answer=Preview,
    ),
)  # fmt: skip
