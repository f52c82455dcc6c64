"""`openapi.json`, made from the route tables: what is declared is what is served. Owns the translation."""

from __future__ import annotations

import re
from typing import Any, Final

from aiohttp import web
from pydantic import BaseModel

from agent_console.access import Permission
from agent_console.problems import CONTENT_TYPE
from agent_console.routing import ROUTES as TABLE
from agent_console.routing import Route, json_answer

_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "schema": {"type": "string", "pattern": "^[ -~]{8,128}$"},
}
_PICTURE: Final = {"type": "string", "format": "binary"}
_FORM: Final = {"type": "object", "properties": {"photo": _PICTURE}, "required": ["photo"]}
_REFERENCES: Final = "#/components/schemas/{model}"


class ProblemDocument(BaseModel):
    """RFC 9457 problem document.

    `error_id` and `reason` are stable; `reason` stands where the `error_id` is too general to say why. What the
    sentence needs (`retry_after`, `most`, `known`, …) are further members. `said` is the sentence for a person, for who
    asks with `Accept-Language: sr-Latn`, `sr-Cyrl` or `en`; `detail` is always English.
    """

    type: str
    title: str
    status: int
    detail: str
    error_id: str
    field: str | None = None
    reason: str | None = None
    said: str | None = None


def describe(routes: dict[tuple[str, str], Route]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 description of the API routes."""
    schemas: dict[str, Any] = {}
    paths: dict[str, dict[str, Any]] = {}
    problem = {
        "description": "A problem document",
        "content": {CONTENT_TYPE: {"schema": _schema(ProblemDocument, schemas)}},
    }
    for (method, path), route in sorted(routes.items(), key=lambda item: (item[0][1], item[0][0])):
        if not route.is_api:
            continue
        operation: dict[str, Any] = {
            "summary": route.summary,
            "operationId": re.sub(r"\W+", "_", f"{method.lower()}{path}").strip("_"),
            "parameters": _parameters(route, path),
            "responses": {str(status): _answer(route, schemas) for status in route.statuses}
            | {str(status): problem for status in _refusals(route)},
            "security": [] if route.permission is Permission.PUBLIC else [{"bearer": []}, {"cookie": []}],
            "x-permission": route.permission.value,
        }
        if route.body is not None:
            content = {"application/json": {"schema": _schema(route.body, schemas)}}
            operation["requestBody"] = {"required": True, "content": content}
        elif route.takes:
            content = {media: {"schema": _PICTURE if media.startswith("image/") else _FORM} for media in route.takes}
            operation["requestBody"] = {"required": True, "content": content}
        paths.setdefault(path, {})[method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "Centrala", "version": "1"},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "centrala_session"},
            },
        },
    }


def _refusals(route: Route) -> list[int]:
    """Return the statuses of problem documents that the route may answer with, beside its own."""
    codes = {400, 500, 503, *route.refusals}
    if route.permission is not Permission.PUBLIC:
        codes |= {401, 403}
    if "{" in route.path:
        codes.add(404)
    if route.method not in ("GET", "HEAD"):
        codes |= {409, 411, 413, 422, 502}
    if route.limited_as:
        codes.add(429)
    return sorted(codes - set(route.statuses))


def _parameters(route: Route, path: str) -> list[dict[str, Any]]:
    named = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", **_pattern(route, name)}}
        for name in re.findall(r"{(\w+)}", path)
    ]
    asked = [
        {"name": name, "in": "query", "description": text, "schema": {"type": "string"}}
        for name, text in route.query.items()
    ]
    return [*named, *asked, *([_KEY] if route.creates else [])]


def _pattern(route: Route, name: str) -> dict[str, str]:
    """Return the shape of a path parameter, where the route asks for one."""
    found = re.search(rf"{{{name}:((?:[^{{}}]|{{[^{{}}]*}})+)}}", route.path)
    return {"pattern": f"^{found[1]}$"} if found else {}


def _answer(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    if route.statuses == (101,):
        return {"description": "WebSocket"}
    schema = _schema(route.answer, schemas) if route.answer else {}
    return {"description": route.summary, "content": {route.media: {"schema": schema}}}


def _schema(model: type[BaseModel], schemas: dict[str, Any]) -> dict[str, Any]:
    whole = model.model_json_schema(ref_template=_REFERENCES)
    schemas.update(whole.pop("$defs", {}))
    schemas[model.__name__] = whole
    return {"$ref": _REFERENCES.format(model=model.__name__)}


async def openapi(request: web.Request) -> web.Response:
    """Answer with the description of what exists."""
    return json_answer(describe(request.app[TABLE]))


ROUTES = (Route("GET", "/api/v1/openapi.json", openapi, Permission.PUBLIC, "This description"),)
