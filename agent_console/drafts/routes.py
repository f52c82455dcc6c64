"""Drafts of cases: one per call, one per person without a call. Owns who sees what of them, and the two stores.

What is said of the case is in the main database, who reports in the identity store. A draft survives a reload, a crash
and another browser; it is gone when its case is saved, when it is thrown away, or after three days.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from aiohttp import web
from pydantic import BaseModel, Field

from agent_console.access import Permission
from agent_console.authentication import principal
from agent_console.dependencies import DEPENDENCIES, ConsoleDependencies
from agent_console.live_socket import HUB
from agent_console.problems import Problem, not_found
from agent_console.routing import Route, json_answer, read_body
from calls.ids import parse_linked_id
from storage import draft_repository
from storage.draft_repository import Draft, DraftConflict
from storage.user_repository import User

MINE: Final = "mine"
WALL_FIELDS: Final = ("tell_by", "contact", "name")
Said = Literal["service_code", "street", "house_number", "description", "latitude", "longitude", "who"]
Who = Literal["tell_by", "contact", "name"]


class DraftFieldIn(BaseModel):
    """One field. `seen`: the version that the sender saw, 0 for none."""

    name: Said | Who
    value: str = Field("", max_length=5000)
    seen: int = Field(0, ge=0)


class DraftFieldStored(BaseModel):
    """The field is on the server."""

    name: str
    version: int
    saved_at: datetime


class DraftFieldShape(BaseModel):
    """A field as it is now."""

    value: str
    version: int
    by: str


class DraftShape(BaseModel):
    """A draft. `wall` holds who reports: only for whoever wrote it and for the operator of the call."""

    key: str
    begun_by: str
    updated_at: datetime | None
    fields: dict[str, DraftFieldShape]
    wall: dict[str, str]


class DraftLine(BaseModel):
    """A draft of the sender that is not finished."""

    key: str
    updated_at: datetime
    service_code: str
    street: str


class DraftList(BaseModel):
    """The sender's drafts."""

    items: list[DraftLine]
    total: int


class DraftGone(BaseModel):
    """It is gone."""

    done: bool = True


def stored_key(key: str, user: User) -> str:
    """Return the key under which a draft is stored. Raises Problem 404 for what is no call."""
    if key == MINE:
        return f"user:{user.username}"
    try:
        return parse_linked_id(key)
    except ValueError as error:
        raise not_found("this draft", "no_draft") from error


async def _wall_of(request: web.Request, key: str, user: User) -> dict[str, str]:
    deps = request.app[DEPENDENCIES]
    found = await deps.identity.draft_of(key)
    if found is None:
        return {}
    fields, author = found
    call = request.app[HUB].board.calls.get(key)
    mine = call is not None and user.extension is not None and user.extension in (call.operator, call.ringing)
    return fields if mine or author == user.username else {}


def _line(draft: Draft, user: User) -> DraftLine:
    def text(name: str) -> str:
        return draft.fields[name].value if name in draft.fields else ""

    key = MINE if draft.key == f"user:{user.username}" else draft.key
    return DraftLine(key=key, updated_at=draft.updated_at, service_code=text("service_code"), street=text("street"))


async def get(request: web.Request) -> web.Response:
    """Answer with a draft; one that does not exist is empty."""
    deps = request.app[DEPENDENCIES]
    user = principal(request).user
    asked = request.match_info["key"]
    key = stored_key(asked, user)
    async with deps.database.read() as connection:
        draft = await draft_repository.get(connection, key, deps.clock())
    fields = draft.fields if draft else {}
    shape = DraftShape(
        key=asked,
        begun_by=draft.username if draft else user.username,
        updated_at=draft.updated_at if draft else None,
        fields={name: DraftFieldShape(value=one.value, version=one.version, by=one.by) for name, one in fields.items()},
        wall=await _wall_of(request, key, user),
    )
    return json_answer(shape)


async def write(request: web.Request) -> web.Response:
    """Store one field."""
    deps = request.app[DEPENDENCIES]
    user = principal(request).user
    key = stored_key(request.match_info["key"], user)
    wanted = await read_body(request, DraftFieldIn)
    now = deps.clock()
    value, seen = wanted.value, wanted.seen
    if wanted.name in WALL_FIELDS:
        before = await deps.identity.draft_of(key)
        fields = (before[0] if before else {}) | {wanted.name: value}
        await deps.identity.save_draft(key, fields, user.username)
        return json_answer(DraftFieldStored(name=wanted.name, version=0, saved_at=now))
    try:
        async with deps.database.begin() as connection:
            await draft_repository.purge(connection, now)
            stored = await draft_repository.write_field(
                connection, key, wanted.name, value, seen=seen, by=user.username, now=now
            )
    except DraftConflict as error:
        other = error.field
        raise Problem(
            409,
            "conflict",
            str(error),
            field=wanted.name,
            value=other.value,
            by=other.by,
            version=other.version,
            reason="field_changed",
        ) from error
    await request.app[HUB].presence.tell_change(f"draft:{key}", wanted.name, value, stored.version, user.username)
    return json_answer(DraftFieldStored(name=wanted.name, version=stored.version, saved_at=now))


async def forget_draft(deps: ConsoleDependencies, key: str) -> None:
    """Remove a draft from both stores."""
    async with deps.database.begin() as connection:
        await draft_repository.remove(connection, key)
    await deps.identity.forget_draft(key)


async def remove(request: web.Request) -> web.Response:
    """Throw a draft away."""
    await forget_draft(request.app[DEPENDENCIES], stored_key(request.match_info["key"], principal(request).user))
    return json_answer(DraftGone())


async def list_(request: web.Request) -> web.Response:
    """Answer with what the sender has begun and not finished."""
    deps = request.app[DEPENDENCIES]
    user = principal(request).user
    async with deps.database.read() as connection:
        found = await draft_repository.of_user(connection, user.username, deps.clock())
    items = [_line(draft, user) for draft in found if any(one.value for one in draft.fields.values())]
    return json_answer(DraftList(items=items, total=len(items)))


_DRAFT = "/api/v1/drafts/{key}"
ROUTES = (
    Route("GET", "/api/v1/drafts", list_, Permission.CASES_WRITE, "The sender's unfinished drafts", answer=DraftList),
    Route("GET", _DRAFT, get, Permission.CASES_WRITE, "A draft: of a call by its id, or `mine`", answer=DraftShape),
    Route(
        "PATCH", _DRAFT, write, Permission.CASES_WRITE, "Store one field of a draft",
        body=DraftFieldIn, answer=DraftFieldStored,
    ),
    Route("DELETE", _DRAFT, remove, Permission.CASES_WRITE, "Throw a draft away", answer=DraftGone),
)  # fmt: skip
