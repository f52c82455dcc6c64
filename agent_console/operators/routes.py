"""Addresses of operators."""

from __future__ import annotations

import re
from datetime import timedelta

from aiohttp import web

from agent_console.access import Permission
from agent_console.authentication import principal
from agent_console.call_board import CallBoard
from agent_console.dependencies import DEPENDENCIES, ConsoleDependencies
from agent_console.live_socket import HUB
from agent_console.operators.desk import Desk, State, Wanted, told
from agent_console.operators.observer import Observer
from agent_console.operators.roster import Roster
from agent_console.operators.schemas import (
    OperatorList,
    OperatorShape,
    StateNow,
    StateWanted,
    WrappedUp,
    WrapUp,
)
from agent_console.operators.states import Signal
from agent_console.operators.watchdog import IdleWatch
from agent_console.problems import Problem, not_listed
from agent_console.routing import Route, json_answer, read_body
from calls.ids import parse_linked_id
from storage import audit_repository, case_repository, user_repository, work_repository
from storage.user_repository import User
from storage.work_repository import WrappedUp as WrapUpRow

ROSTER = web.AppKey("roster", Roster)
OBSERVER = web.AppKey("observer", Observer)
IDLE_WATCH = web.AppKey("idle_watch", IdleWatch)


async def list_operators(deps: ConsoleDependencies, roster: Roster, board: CallBoard) -> OperatorList:
    """Return every active account that has an extension, with its state and what its phone does."""
    async with deps.database.read() as connection:
        users = await user_repository.list_users(connection)
    items = []
    for user in users:
        if not user.active or not user.extension:
            continue
        desk = roster.desk(user.extension)
        now = told(desk, roster.fault(user.extension)) if desk else {}
        call = board.of_operator(user.extension)
        going_on = call if call is not None and call.ended_at is None else None
        phone = "idle" if going_on is None else "talking" if going_on.operator == user.extension else "ringing"
        items.append(
            OperatorShape(
                username=user.username,
                display_name=user.display_name or user.username,
                extension=user.extension,
                state=now.get("state", "offline"),
                reason=now.get("reason", ""),
                since=now.get("since"),
                until=now.get("until"),
                wanted=now.get("wanted", "offline"),
                fault=now.get("fault", ""),
                queues=roster.shown_queues(user.extension),
                phone=phone,
                linkedid=going_on.linkedid if going_on else None,
            )
        )
    return OperatorList(items=items, total=len(items))


async def list_(request: web.Request) -> web.Response:
    """Answer with all operators."""
    app = request.app
    return json_answer(await list_operators(app[DEPENDENCIES], app[ROSTER], app[HUB].board))


def parse_state(deps: ConsoleDependencies, text: str, minutes: int | None) -> Wanted:
    """Return what `ready`, `paused:REASON` or `offline` asks for. Raises Problem otherwise."""
    state, _, reason = text.strip().partition(":")
    if state == "paused" and reason and (not minutes or minutes > 0):
        reasons = deps.town.desk.pause_reasons
        if deps.town.desk.reason(reason) is None and (reasons or not re.fullmatch(r"[\w -]{1,40}", reason)):
            known = ", ".join(one.id for one in reasons) or "a word"
            raise not_listed(422, "state", f"the reason of a pause is one of {known}", known)
        until = deps.clock() + timedelta(minutes=minutes) if minutes else None
        return Wanted(State.PAUSED, reason, until)
    if state in ("ready", "offline") and not reason and not minutes:
        return Wanted(State(state))
    raise not_listed(
        422, "state", "state is ready, paused:REASON (minutes) or offline", "ready, paused:REASON, offline"
    )


async def set_state(request: web.Request) -> web.Response:
    """Make the sender ready, paused or offline; from a browser also bound to it."""
    wanted = await read_body(request, StateWanted)
    deps, sender = request.app[DEPENDENCIES], principal(request)
    asked = parse_state(deps, wanted.state, wanted.minutes)
    if not sender.user.extension:
        raise Problem(
            409, "conflict", "this account has no extension: the administrator gives it one", reason="no_extension"
        )
    at_console = sender.csrf is not None
    desk = await request.app[ROSTER].ask(
        sender.user.extension, sender.user.username, asked, at_console=at_console, wraps_up=wanted.wrap_up
    )
    return state_answer(request, desk)


def state_answer(request: web.Request, desk: Desk) -> web.Response:
    """Answer with a desk."""
    return json_answer(StateNow.model_validate(told(desk, request.app[ROSTER].fault(desk.extension))))


async def wrap_up(request: web.Request) -> web.Response:
    """Store how the sender's conversation ended; a wrap-up is over with it."""
    wanted = await read_body(request, WrapUp)
    app, user = request.app, principal(request).user
    desk = app[ROSTER].desk(user.extension or "")
    owed = desk.owes_outcome_of if desk is not None else ""
    if owed and wanted.linkedid is None:
        wanted = wanted.model_copy(update={"linkedid": owed})
    linkedid = await store_wrap_up(app[DEPENDENCIES], app[HUB].board, user, wanted)
    if desk is not None and owed == linkedid:
        await app[ROSTER].wrap_up(desk.extension, Signal.OUTCOME)
    return json_answer(WrappedUp(linkedid=linkedid, outcome=wanted.outcome))


async def extend(request: web.Request) -> web.Response:
    """Give the sender's wrap-up more time."""
    return state_answer(
        request, await request.app[ROSTER].wrap_up(principal(request).user.extension or "", Signal.EXTEND)
    )


async def store_wrap_up(deps: ConsoleDependencies, board: CallBoard, user: User, wanted: WrapUp) -> str:
    """Put the outcome on record and on the timelines of the call's cases; the call leaves the desk."""
    if deps.town.desk.outcome(wanted.outcome) is None:
        known = ", ".join(one.id for one in deps.town.desk.outcomes)
        raise not_listed(422, "outcome", f"outcome is one of {known}", known)
    call = board.of_operator(user.extension or "")
    linkedid = wanted.linkedid or (call.linkedid if call else "")
    try:
        parse_linked_id(linkedid)
    except ValueError as error:
        raise Problem(409, "conflict", "there is no call to wrap up", reason="no_wrap_up") from error
    now = deps.clock()
    data = {"outcome": wanted.outcome, "note": wanted.note, "operator": user.extension or ""}
    row = WrapUpRow(linkedid, user.extension or "", user.username, wanted.outcome, wanted.note, now, "operator")
    async with deps.database.begin() as connection:
        await work_repository.write(connection, row)
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
        "Ready, paused with a reason (and an end), or offline", body=StateWanted, answer=StateNow,
    ),
    Route(
        "POST", "/api/v1/operators/me/wrapup/extend", extend, Permission.OPERATOR_STATE,
        "More time for the outcome", answer=StateNow,
    ),
    Route(
        "POST", "/api/v1/operators/me/wrapup", wrap_up, Permission.OPERATOR_STATE,
        "The required outcome of a conversation", body=WrapUp, answer=WrappedUp, creates=True,
    ),
)  # fmt: skip
