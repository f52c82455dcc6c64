"""Steering a conversation from the console and the API: hold, transfer, consultation, conference.

Thin: who may, which operator's leg, ask the PBX, tell the others. Whether a call is the sender's is looked up on the
board; who is in it now is looked up in the PBX when it acts.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from agent_console.access import Permission
from agent_console.authentication import principal
from agent_console.call_board import LiveCall
from agent_console.calls.routes import linkedid_of
from agent_console.calls.schemas import CallState, TargetList, TargetShape, TransferWish
from agent_console.cases.service import tell
from agent_console.dependencies import DEPENDENCIES
from agent_console.live_socket import HUB
from agent_console.operators.desk import State
from agent_console.operators.routes import ROSTER
from agent_console.pages.rendering import texts_of
from agent_console.problems import Problem, not_found
from agent_console.routing import Route, json_answer, read_body
from calls.conversation import Target, TargetKind
from calls.events import Event, EventType
from calls.ids import LinkedId
from calls.ports import CallControlError
from storage import audit_repository, steps_on_cases
from storage.database import DatabaseDown

_LOG = logging.getLogger(__name__)


_STATE = {
    State.READY: "ready",
    State.RINGING: "busy",
    State.TALKING: "busy",
    State.WRAPUP: "busy",
    State.PAUSED: "paused",
}


def steered_call(request: web.Request) -> tuple[LinkedId, LiveCall, str]:
    """Return call, its line of the board, and the operator whose leg is meant. Raises Problem when it is not theirs.

    An operator steers the conversation that is theirs; a supervisor may steer any, as its operator would.
    """
    linkedid = linkedid_of(request)
    sender = principal(request).user
    call = request.app[HUB].board.calls.get(linkedid)
    if call is None or call.ended_at is not None:
        if sender.role == "operator":
            raise Problem(403, "forbidden", "this is not your call", reason="not_your_call")
        raise not_found("this call among those that go on now", "no_live_call")
    if sender.role == "operator" and sender.extension != call.operator:
        raise Problem(403, "forbidden", "this is not your call", reason="not_your_call")
    if not call.operator:
        raise Problem(409, "conflict", "no operator is in this call now", reason="no_operator_in_call")
    return linkedid, call, call.operator


def wanted_target(request: web.Request, text: str, extension: str) -> Target:
    """Return the target if the town has it. Raises Problem otherwise."""
    town = request.app[DEPENDENCIES].town
    try:
        target = Target.parse(text)
    except ValueError as error:
        raise Problem(422, "invalid_field", str(error), field="target", reason="unknown_target") from error
    known = {
        *(f"operator-{one}" for one in town.operators),
        *(f"queue-{one}" for one in town.queues),
        *(one.word for one in town.outside),
    }
    if target.word not in known:
        raise Problem(
            422, "invalid_field", f"the town's files know no {target.word}", field="target", reason="unknown_target"
        )
    if target.word == f"operator-{extension}":
        raise Problem(
            422, "invalid_field", "that is the operator who has the call", field="target", reason="target_has_call"
        )
    return target


async def hold(request: web.Request) -> web.Response:
    """Give the caller music."""
    linkedid, _, extension = steered_call(request)
    await request.app[DEPENDENCIES].conversations.hold(linkedid, extension)
    return await _done(request, "hold", EventType.CALL_HELD, operator=extension, held=True, by="desk")


async def unhold(request: web.Request) -> web.Response:
    """Talk with the caller again."""
    return await _come_back(request, "unhold")


async def come_back(request: web.Request) -> web.Response:
    """Give up the consultation and talk with the caller again."""
    return await _come_back(request, "return")


async def _come_back(request: web.Request, word: str) -> web.Response:
    linkedid, call, extension = steered_call(request)
    await request.app[DEPENDENCIES].conversations.unhold(linkedid, extension)
    if call.consult:
        await _tell(request, EventType.CALL_CONSULTED, operator=extension, target=call.consult, state="over")
    return await _done(request, word, EventType.CALL_HELD, operator=extension, held=False, by="desk")


async def transfer(request: web.Request) -> web.Response:
    """Send the caller on; if nobody takes the call, it comes back."""
    linkedid, _, extension = steered_call(request)
    target = wanted_target(request, (await read_body(request, TransferWish)).target, extension)
    # Told first: whoever takes the call may be quicker than the answer, and their screen shows who comes.
    sent: dict[str, str | bool] = {"by": extension, "to": target.word, "how": "blind"}
    await _tell(request, EventType.CALL_TRANSFERRED, **sent)
    if target.kind is TargetKind.OPERATOR:
        await _tell(request, EventType.POP, operator=target.id)
    try:
        await request.app[DEPENDENCIES].conversations.transfer(linkedid, extension, target)
    except CallControlError:
        await _tell(request, EventType.CALL_ANSWERED, operator=extension)
        raise
    return await _done(request, "transfer", None, **sent)


async def consult(request: web.Request) -> web.Response:
    """Hold the caller and ring somebody for the operator."""
    linkedid, call, extension = steered_call(request)
    target = wanted_target(request, (await read_body(request, TransferWish)).target, extension)
    if target.kind is TargetKind.QUEUE:
        raise Problem(
            422,
            "invalid_field",
            "a queue cannot be asked: send the caller there",
            field="target",
            reason="queue_not_asked",
        )
    asked: dict[str, str | bool] = {"operator": extension, "target": target.word}
    await _tell(request, EventType.CALL_CONSULTED, **asked, state="ringing")
    try:
        await request.app[DEPENDENCIES].conversations.consult(linkedid, extension, target)
    except CallControlError:
        await _tell(request, EventType.CALL_CONSULTED, **asked, state="over")
        await _tell(request, EventType.CALL_HELD, operator=extension, held=bool(call.held), by="desk")
        raise
    return await _done(request, "consult", None, **asked)


async def complete(request: web.Request) -> web.Response:
    """Put the caller through to whom the operator asks."""
    linkedid, call, extension = steered_call(request)
    await request.app[DEPENDENCIES].conversations.complete(linkedid, extension)
    return await _done(request, "complete", EventType.CALL_TRANSFERRED, by=extension, to=call.consult, how="attended")


async def conference(request: web.Request) -> web.Response:
    """Bring the caller into the consultation."""
    linkedid, call, extension = steered_call(request)
    await request.app[DEPENDENCIES].conversations.conference(linkedid, extension)
    return await _done(
        request, "conference", EventType.CALL_CONSULTED, operator=extension, target=call.consult, state="conference"
    )


async def targets(request: web.Request) -> web.Response:
    """Answer with everybody to whom a call may be sent, and the state of operators."""
    return json_answer(TargetList(items=targets_for(request)))


def targets_for(request: web.Request) -> list[TargetShape]:
    """Return the targets, the free operators first; without the sender."""
    town, roster = request.app[DEPENDENCIES].town, request.app[ROSTER]
    board = request.app[HUB].board
    busy = {call.operator or call.ringing for call in board.active()}
    own = principal(request).user.extension
    people = []
    for extension in town.operators:
        desk = roster.desk(extension)
        state = "busy" if extension in busy else _STATE.get(desk.state, "offline") if desk is not None else "offline"
        if extension != own:
            people.append(TargetShape(target=f"operator-{extension}", kind="operator", name=extension, state=state))
    order = ("ready", "busy", "paused")
    people.sort(key=lambda one: order.index(one.state) if one.state in order else len(order))
    texts = texts_of(request)
    queues = [TargetShape(target=f"queue-{name}", kind="queue", name=texts.queue(name)) for name in town.queues]
    outside = [TargetShape(target=one.word, kind=one.word.partition("-")[0], name=one.name) for one in town.outside]
    return [*people, *queues, *outside]


async def _tell(request: web.Request, kind: EventType, **data: str | bool) -> None:
    deps = request.app[DEPENDENCIES]
    await deps.bus.publish(Event(kind, deps.clock(), {"linkedid": request.match_info["linkedid"], **data}))


async def _done(request: web.Request, word: str, kind: EventType | None, **data: str | bool) -> web.Response:
    """Tell the others, write the audit row and the cases' lines, answer with what the call is like now."""
    deps = request.app[DEPENDENCIES]
    linkedid = linkedid_of(request)
    if kind is not None:
        await _tell(request, kind, **data)
    sender = principal(request).user.username
    kept = {name: value for name, value in data.items() if name in ("to", "target", "operator", "by")}
    try:
        async with deps.database.begin() as connection:
            await audit_repository.append(
                connection, at=deps.clock(), actor=sender, action=f"call_{word}", target=linkedid, data=kept
            )
            told = (
                await steps_on_cases.tell_cases(connection, linkedid) if f"call_{word}" in steps_on_cases.STEPS else []
            )
        for case in told:
            await tell(deps, case.number, case.status, "call")
    except DatabaseDown as error:
        # The caller is where the operator wants them; the system log holds the trace instead.
        _LOG.warning("%s of %s by %s was not audited: %s", word, linkedid, sender, error)
    return json_answer(CallState(linkedid=linkedid, action=word))


_CALL = "/api/v1/calls/{linkedid}"
Act = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _route(path: str, act: Act, summary: str, *, wish: bool = False) -> Route:
    body = TransferWish if wish else None
    return Route(
        "POST", f"{_CALL}/{path}", act, Permission.CALLS_CONTROL, summary, body=body, answer=CallState, creates=wish
    )


ROUTES = (
    _route("hold", hold, "Hold the caller, who hears music"),
    _route("unhold", unhold, "Talk with the caller again"),
    _route("transfer", transfer, "Send the caller on; if nobody takes the call, it comes back", wish=True),
    _route("transfer/consult", consult, "Hold the caller and ring somebody for the operator", wish=True),
    _route("transfer/complete", complete, "Put the caller through to whom the operator asks"),
    _route("transfer/return", come_back, "Give up the consultation, talk with the caller again"),
    _route("transfer/conference", conference, "Bring the caller into the consultation: three talk"),
    Route(
        "GET", "/api/v1/transfer-targets", targets, Permission.CALLS_CONTROL, "To whom a call may be sent",
        answer=TargetList,
    ),
)  # fmt: skip
