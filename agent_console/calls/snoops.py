"""A supervisor at a conversation: listen, whisper, barge. Owns the order: who may, audit row, then the telephone."""

from __future__ import annotations

from aiohttp import web

from agent_console.access import Permission
from agent_console.authentication import principal
from agent_console.calls.routes import linkedid_of
from agent_console.calls.schemas import CallState, SnoopWish
from agent_console.dependencies import DEPENDENCIES
from agent_console.live_socket import HUB
from agent_console.problems import Problem, not_found
from agent_console.routing import Route, json_answer, read_body
from calls.phones import interface_of
from storage import audit_repository


async def snoop(request: web.Request) -> web.Response:
    """Ring the sender's telephone and bring it to the conversation; answered when the telephone was.

    Nobody listens without a row in the audit log: while the database is down this is refused.
    """
    deps = request.app[DEPENDENCIES]
    linkedid = linkedid_of(request)
    wish = await read_body(request, SnoopWish)
    sender = principal(request).user
    call = request.app[HUB].board.calls.get(linkedid)
    if call is None or call.ended_at is not None:
        raise not_found("this call among those that go on now", "no_live_call")
    if not call.operator:
        raise Problem(409, "conflict", "no operator is in this call now", reason="no_operator_in_call")
    if not sender.extension:
        raise Problem(
            409, "conflict", "this account has no extension: the administrator gives it one", reason="no_extension"
        )
    if sender.extension == call.operator:
        raise Problem(409, "conflict", "this is your own conversation", reason="own_call")
    channel = await deps.conversations.channel_of(linkedid, call.operator)
    async with deps.database.begin() as connection:
        await audit_repository.append(
            connection,
            at=deps.clock(),
            actor=sender.username,
            action=f"call_{wish.mode}",
            target=linkedid,
            data={"operator": call.operator, "announced": deps.snoop_announced},
        )
    await deps.conversations.snoop(
        channel,
        phone=interface_of(sender.extension, wish.phone),
        mode=wish.mode,
        caller_id=f"Centrala <{call.operator}>",
        announced=deps.snoop_announced,
    )
    return json_answer(CallState(linkedid=linkedid, action=wish.mode))


ROUTES = (
    Route(
        "POST", "/api/v1/calls/{linkedid}/snoops", snoop, Permission.CALLS_SNOOP,
        "Listen to a conversation, whisper to its operator, or talk to both", body=SnoopWish, answer=CallState,
        creates=True,
    ),
)  # fmt: skip
