"""Addresses of the missed worklist, and their shapes."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from aiohttp import web
from pydantic import BaseModel, Field

from agent_console.access import Permission
from agent_console.authentication import principal
from agent_console.calls.schemas import CallerShape
from agent_console.calls.service import caller_shape, callers_of
from agent_console.dependencies import DEPENDENCIES, ConsoleDependencies
from agent_console.problems import Problem
from agent_console.routing import Route, json_answer, query_integer, read_body
from storage import audit_repository, missed_repository


class Missed(BaseModel):
    """A call that got nothing, and how it was made good."""

    id: int
    linkedid: str
    caller: CallerShape
    language: str | None
    reason: str
    last_step: str
    at: datetime
    closed_at: datetime | None
    closed_by: str | None
    closed_how: str | None
    closed_note: str | None


class MissedList(BaseModel):
    """A page of the worklist."""

    items: list[Missed]
    total: int


class CloseMissed(BaseModel):
    """How it was made good. `note` is required for `reason`; for `case` it is the case number."""

    how: Literal["callback", "case", "reason"]
    note: str = Field("", max_length=1000)


class Closed(BaseModel):
    """The row is closed."""

    id: int
    closed: bool = True


async def list_missed(
    deps: ConsoleDependencies, *, open_only: bool = True, limit: int = 50, offset: int = 0
) -> MissedList:
    """Return a page of the worklist."""
    async with deps.database.read() as connection:
        rows, total = await missed_repository.search(connection, open_only=open_only, limit=limit, offset=offset)
    known = await callers_of(deps, (row.caller_token for row in rows))
    items = [
        Missed(
            id=row.id,
            linkedid=row.linkedid,
            caller=caller_shape(row.caller_kind, row.caller_token, known),
            language=row.language,
            reason=row.reason,
            last_step=row.last_step,
            at=row.at,
            closed_at=row.closed_at,
            closed_by=row.closed_by,
            closed_how=row.closed_how,
            closed_note=row.closed_note,
        )
        for row in rows
    ]
    return MissedList(items=items, total=total)


async def close_missed(deps: ConsoleDependencies, missed_id: int, wanted: CloseMissed, actor: str) -> None:
    """Close one row and audit it. Raises Problem when it is closed already or the reason is missing."""
    async with deps.database.begin() as connection:
        try:
            closed = await missed_repository.close(
                connection, missed_id, how=wanted.how, note=wanted.note, by=actor, at=deps.clock()
            )
        except ValueError as error:
            raise Problem(422, "invalid_field", str(error), field="note") from error
        if not closed:
            raise Problem(409, "conflict", "this call is unknown, or somebody has closed it already")
        await audit_repository.append(
            connection,
            at=deps.clock(),
            actor=actor,
            action="missed_closed",
            target=str(missed_id),
            data={"how": wanted.how},
        )


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
    """Close one."""
    wanted = await read_body(request, CloseMissed)
    missed_id = int(request.match_info["id"])
    await close_missed(request.app[DEPENDENCIES], missed_id, wanted, principal(request).user.username)
    return json_answer(Closed(id=missed_id))


ROUTES = (
    Route(
        "GET",
        "/api/v1/missed",
        list_,
        Permission.MISSED_WORK,
        "Calls that got nothing",
        answer=MissedList,
        query={"all": "true: closed ones too", "limit": "1 to 200", "offset": "default 0"},
    ),
    Route(
        "POST",
        r"/api/v1/missed/{id:\d{1,15}}/close",
        close,
        Permission.MISSED_WORK,
        "Close it by a callback, a case or a reason",
        body=CloseMissed,
        answer=Closed,
        creates=True,
    ),
)
