"""A route is a row: method, path, handler, permission, summary, shapes. Owns the table's type and its registration.

The router, the permission check and `openapi.json` are all made from the same rows, so they cannot disagree.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from agent_console.access import Permission
from agent_console.problems import Problem
from agent_console.wrong_field import wrong_field

Model = TypeVar("Model", bound=BaseModel)

_NEVER_IN_AN_ADDRESS = frozenset({"search", "q"})
_COSTLY = frozenset({Permission.REPORTS_READ, Permission.RECORDINGS_LISTEN})
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    """One address. `creates`: it dials, sends or creates, so the API asks for an `Idempotency-Key`.

    `costly`: it works hard for its answer; it is limited per account like everything about reports and recordings.
    `takes`: media types of a body that is no JSON. `refusals`: problem statuses beside those that follow from the row.
    """

    method: str
    path: str
    handler: Handler
    permission: Permission
    summary: str
    body: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    creates: bool = False
    costly: bool = False
    statuses: tuple[int, ...] = (200,)
    media: str = "application/json"
    most_bytes: int = 256 * 1024
    takes: tuple[str, ...] = ()
    refusals: tuple[int, ...] = ()

    @property
    def limited_as(self) -> str:
        """Return under which limit its requests are counted: `creates`, `costly`, or empty."""
        if self.is_api and self.creates:
            return "creates"
        return "costly" if self.costly or self.permission in _COSTLY else ""

    @property
    def is_api(self) -> bool:
        """Say whether it is part of the HTTP API (and of `openapi.json`), not a page."""
        return self.path.startswith("/api/v1/") or self.path in {"/healthz", "/readyz", "/metrics"}


ROUTES = web.AppKey("routes", dict[tuple[str, str], Route])


def register(app: web.Application, routes: Iterable[Route]) -> None:
    """Add the rows to the application's router and to its permission table. Raises ValueError on a doubled address."""
    table = app.get(ROUTES)
    if table is None:
        table = app[ROUTES] = {}
    for route in routes:
        added = app.router.add_route(route.method, route.path, route.handler)
        key = (route.method, added.resource.canonical if added.resource else route.path)
        if key in table:
            raise ValueError(f"{route.method} {route.path} is declared twice")
        table[key] = route


def route_of(request: web.Request) -> Route | None:
    """Return the row that the request matched; None for an unknown address or an undeclared one."""
    resource = request.match_info.route.resource
    if resource is None:
        return None
    method = "GET" if request.method == "HEAD" else request.method
    return request.app[ROUTES].get((method, resource.canonical))


async def asked_of(request: web.Request) -> Mapping[str, str]:
    """Return what a list is asked for. A search is sent as a form: telephone numbers and names stay out of addresses.

    The query fills in what no personal data can be: a page number, a state.
    """
    query = {name: value for name, value in request.query.items() if name not in _NEVER_IN_AN_ADDRESS}
    if request.method != "POST":
        return query
    return query | {name: value for name, value in (await request.post()).items() if isinstance(value, str)}


def query_integer(request: web.Request, name: str, default: int, *, low: int, high: int) -> int:
    """Return a whole number of the query, within its bounds; raises Problem otherwise."""
    text = request.query.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or not low <= int(text[:12]) <= high:
        raise Problem(
            400,
            "invalid_field",
            f"{name} must be a whole number from {low} to {high}",
            field=name,
            reason="field_out_of_range",
            low=low,
            high=high,
        )
    return int(text)


async def read_body(request: web.Request, model: type[Model]) -> Model:
    """Return the JSON body as `model`. Raises Problem 400/422 that names the first wrong field."""
    body = await request.read() or b"{}"
    try:
        raw = json.loads(body)
    except ValueError as error:
        raise Problem(400, "bad_request", f"the body is not JSON: {error}") from error
    if b"\\u0000" in body:  # no text has one; SQLite would cut there, PostgreSQL refuse it as a failure of its own
        raise Problem(422, "invalid_field", "the body has a zero character", reason="field_wrong")
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise wrong_field(error) from error


def json_answer(body: BaseModel | dict[str, Any], *, status: int = 200) -> web.Response:
    """Return a JSON response; times are RFC 3339 with their zone."""
    if isinstance(body, BaseModel):
        return web.Response(status=status, text=body.model_dump_json(), content_type="application/json")
    return web.json_response(body, status=status)
