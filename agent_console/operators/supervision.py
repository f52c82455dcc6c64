"""What a supervisor does with an operator: pause, unpause, log out, move between queues. Each is audited first.

Owns these addresses. A supervisor cannot make ready who is not at work: nobody would be there.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from aiohttp import web

from agent_console.access import Permission
from agent_console.authentication import principal
from agent_console.dependencies import DEPENDENCIES
from agent_console.operators.desk import Desk, State, Wanted
from agent_console.operators.routes import ROSTER, parse_state, state_answer
from agent_console.operators.schemas import (
    MissingOutcome,
    MissingOutcomes,
    QueuesNow,
    QueuesWanted,
    StateNow,
    StateWanted,
)
from agent_console.problems import Problem, not_found, not_listed
from agent_console.routing import Route, json_answer, query_integer, read_body
from storage import audit_repository, work_repository

SUPERVISOR = "supervisor"


def _desk(request: web.Request) -> Desk:
    desk = request.app[ROSTER].desk(request.match_info["extension"])
    if desk is None:
        raise not_found("this operator", "no_operator")
    return desk


async def _put_on_record(request: web.Request, action: str, target: str, data: dict[str, Any]) -> None:
    deps = request.app[DEPENDENCIES]
    async with deps.database.begin() as connection:
        await audit_repository.append(
            connection, at=deps.clock(), actor=principal(request).user.username, action=action, target=target, data=data
        )


async def set_state(request: web.Request) -> web.Response:
    """Pause, unpause or log out another operator; during a call it is what comes after it."""
    wanted = await read_body(request, StateWanted)
    desk = _desk(request)
    asked = parse_state(request.app[DEPENDENCIES], wanted.state, wanted.minutes)
    if asked.state is State.OFFLINE:
        asked = Wanted(State.OFFLINE, SUPERVISOR)
    elif desk.state is State.OFFLINE:
        raise Problem(409, "conflict", "this operator is not at work", reason="not_at_work")
    data = {"state": wanted.state, "minutes": wanted.minutes}
    await _put_on_record(request, "operator_state", desk.extension, data)
    return state_answer(request, await request.app[ROSTER].ask(desk.extension, desk.username, asked))


async def set_queues(request: web.Request) -> web.Response:
    """Move an operator between queues, at once."""
    wanted = await read_body(request, QueuesWanted)
    desk, roster = _desk(request), request.app[ROSTER]
    unknown = [queue for queue in wanted.queues if queue not in roster.known_queues()]
    if unknown:
        known = ", ".join(roster.known_queues())
        raise not_listed(422, "queues", f"a queue is one of {known}", known)
    queues = tuple(dict.fromkeys(wanted.queues))
    await _put_on_record(request, "operator_queues", desk.extension, {"queues": list(queues)})
    after = await roster.set_queues(desk.extension, queues)
    return json_answer(QueuesNow(extension=after.extension, queues=roster.shown_queues(after.extension)))


async def missing(request: web.Request) -> web.Response:
    """Answer with conversations that ended without an outcome."""
    deps = request.app[DEPENDENCIES]
    days = query_integer(request, "days", 1, low=1, high=90)
    async with deps.database.read() as connection:
        rows = await work_repository.missing_outcomes(connection, deps.clock() - timedelta(days=days))
    items = [
        MissingOutcome(linkedid=row.linkedid, extension=row.extension, username=row.username, at=row.at, how=row.how)
        for row in rows
    ]
    return json_answer(MissingOutcomes(items=items, total=len(items)))


ROUTES = (
    Route(
        "PUT", "/api/v1/operators/{extension:[0-9]+}/state", set_state, Permission.OPERATORS_MANAGE,
        "Pause, unpause or log out another operator", body=StateWanted, answer=StateNow,
    ),
    Route(
        "PUT", "/api/v1/operators/{extension:[0-9]+}/queues", set_queues, Permission.OPERATORS_MANAGE,
        "Move an operator between queues", body=QueuesWanted, answer=QueuesNow,
    ),
    Route(
        "GET", "/api/v1/operators/missing-outcomes", missing, Permission.OPERATORS_MANAGE,
        "Conversations that ended without an outcome", answer=MissingOutcomes,
        query={"days": "how far back, 1 to 90"},
    ),
)  # fmt: skip
