"""Addresses for silencing a recording while personal data are said. Owns who may; the silence itself is `pauses`."""

from __future__ import annotations

import logging

from aiohttp import web

from agent_console.access import Permission
from agent_console.authentication import principal
from agent_console.calls.routes import linkedid_of
from agent_console.calls.schemas import Done
from agent_console.dependencies import DEPENDENCIES
from agent_console.live_socket import HUB
from agent_console.problems import Problem, not_listed
from agent_console.recordings.pauses import LEASES, PAUSES
from agent_console.routing import Route, json_answer
from calls.ids import LinkedId
from storage import audit_repository
from storage.database import DatabaseDown

_LOG = logging.getLogger(__name__)
_WHY = {"why": "field (a form field has the focus), hand or api (default); field and hand lapse unless renewed"}


async def pause(request: web.Request) -> web.Response:
    """Silence the recording, or renew the wish for silence."""
    linkedid, operator = _mine(request)
    sender = principal(request).user
    begins = await request.app[PAUSES].pause(linkedid, _why(request), by=sender.username, operator=operator)
    if begins:
        await _audit(request, linkedid, "call_record_pause")
    return json_answer(Done())


async def resume(request: web.Request) -> web.Response:
    """Record again: without `why` whatever the reason was, else when no other reason is left."""
    linkedid, _ = _mine(request)
    why = _why(request) if "why" in request.query else None
    if await request.app[PAUSES].resume(linkedid, why):
        await _audit(request, linkedid, "call_record_resume")
    return json_answer(Done())


def _why(request: web.Request) -> str:
    why = request.query.get("why", "api")
    if why not in LEASES:
        raise not_listed(400, "why", f"why is one of {', '.join(LEASES)}", ", ".join(LEASES))
    return why


def _mine(request: web.Request) -> tuple[LinkedId, str]:
    """Return the call and the operator whose call it is; an operator silences the own one, a supervisor any."""
    linkedid = linkedid_of(request)
    sender = principal(request).user
    call = request.app[HUB].board.calls.get(linkedid)
    if sender.role == "operator" and (call is None or sender.extension not in (call.operator, call.ringing)):
        raise Problem(403, "forbidden", "this is not your call", reason="not_your_call")
    return linkedid, (sender.extension or "") if sender.role == "operator" else ""


async def _audit(request: web.Request, linkedid: LinkedId, action: str) -> None:
    deps = request.app[DEPENDENCIES]
    actor = principal(request).user.username
    try:
        async with deps.database.begin() as connection:
            await audit_repository.append(connection, at=deps.clock(), actor=actor, action=action, target=linkedid)
    except DatabaseDown as error:
        # Silence must work when the database does not; the system log then holds the trace.
        _LOG.warning("%s of %s by %s was not audited: %s", action, linkedid, actor, error)


_RECORD = "/api/v1/calls/{linkedid}/record"
ROUTES = (
    Route(
        "PUT", f"{_RECORD}/pause", pause, Permission.CALLS_CONTROL, "Silence the recording", answer=Done, query=_WHY
    ),
    Route("PUT", f"{_RECORD}/resume", resume, Permission.CALLS_CONTROL, "Record again", answer=Done, query=_WHY),
)  # fmt: skip
