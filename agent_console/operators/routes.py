"""Addresses of operators."""

from __future__ import annotations

from aiohttp import web

from agent_console.access import Permission
from agent_console.authentication import principal
from agent_console.call_board import CallBoard
from agent_console.dependencies import DEPENDENCIES, ConsoleDependencies
from agent_console.live_socket import HUB
from agent_console.operators.roster import Roster
from agent_console.operators.schemas import (
    OperatorList,
    OperatorShape,
    StateNow,
    StateWanted,
    WrappedUp,
    WrapUp,
)
from agent_console.problems import Problem
from agent_console.routing import Route, json_answer, read_body
from calls.ids import parse_linked_id
from storage import audit_repository, case_repository, user_repository
from storage.user_repository import User

ROSTER = web.AppKey("roster", Roster)
OUTCOMES = (
    "informed",
    "case_opened",
    "case_followed",
    "transferred",
    "callback_promised",
    "wrong_number",
    "silent",
    "abusive",
)
"""What a conversation may end as; the words shown are in the text catalogue under `wrapup.`."""


async def list_operators(deps: ConsoleDependencies, roster: Roster, board: CallBoard) -> OperatorList:
    """Return every active account that has an extension, with its state and what its phone does."""
    async with deps.database.read() as connection:
        users = await user_repository.list_users(connection)
    items = []
    for user in users:
        if not user.active or not user.extension:
            continue
        state = roster.state_of(user.extension)
        call = board.of_operator(user.extension)
        going_on = call if call is not None and call.ended_at is None else None
        phone = "idle" if going_on is None else "talking" if going_on.operator == user.extension else "ringing"
        items.append(
            OperatorShape(
                username=user.username,
                display_name=user.display_name or user.username,
                extension=user.extension,
                state=state.state if state else "offline",
                reason=state.reason if state else "",
                since=state.since if state else None,
                phone=phone,
                linkedid=going_on.linkedid if going_on else None,
            )
        )
    return OperatorList(items=items, total=len(items))


async def list_(request: web.Request) -> web.Response:
    """Answer with all operators."""
    app = request.app
    return json_answer(await list_operators(app[DEPENDENCIES], app[ROSTER], app[HUB].board))


async def set_state(request: web.Request) -> web.Response:
    """Make the sender ready, paused or offline."""
    wanted = await read_body(request, StateWanted)
    state = await request.app[ROSTER].set_state(principal(request).user, wanted.state)
    return json_answer(StateNow(state=state.state, reason=state.reason, since=state.since))


async def wrap_up(request: web.Request) -> web.Response:
    """Store how the sender's conversation ended."""
    wanted = await read_body(request, WrapUp)
    linkedid = await store_wrap_up(request.app[DEPENDENCIES], request.app[HUB].board, principal(request).user, wanted)
    return json_answer(WrappedUp(linkedid=linkedid, outcome=wanted.outcome))


async def store_wrap_up(deps: ConsoleDependencies, board: CallBoard, user: User, wanted: WrapUp) -> str:
    """Put the outcome on record and on the timelines of the call's cases; the call leaves the desk."""
    if wanted.outcome not in OUTCOMES:
        raise Problem(422, "invalid_field", f"outcome is one of {', '.join(OUTCOMES)}", field="outcome")
    call = board.of_operator(user.extension or "")
    linkedid = wanted.linkedid or (call.linkedid if call else "")
    try:
        parse_linked_id(linkedid)
    except ValueError as error:
        raise Problem(409, "conflict", "there is no call to wrap up") from error
    now = deps.clock()
    data = {"outcome": wanted.outcome, "note": wanted.note, "operator": user.extension or ""}
    async with deps.database.begin() as connection:
        await audit_repository.append(
            connection, at=now, actor=user.username, action="wrapup", target=linkedid, data=data
        )
        for case in await case_repository.cases_of_call(connection, linkedid):
            await case_repository.add_event(
                connection,
                case.number,
                at=now,
                kind="call",
                actor=user.username,
                data={"linkedid": linkedid} | data,
                source=f"call:{linkedid}:wrapup:{user.username}",
            )
    board.wrap_up(linkedid)
    return linkedid


ROUTES = (
    Route("GET", "/api/v1/operators", list_, Permission.BOARD_READ, "Operators and their states", answer=OperatorList),
    Route(
        "PUT", "/api/v1/operators/me/state", set_state, Permission.OPERATOR_STATE,
        "Ready, paused with a reason, or offline", body=StateWanted, answer=StateNow,
    ),
    Route(
        "POST", "/api/v1/operators/me/wrapup", wrap_up, Permission.OPERATOR_STATE,
        "The required outcome of a conversation", body=WrapUp, answer=WrappedUp, creates=True,
    ),
)  # fmt: skip
