"""Whose recordings the sender may hear: supervisors within their scope, operators their own or none."""

from __future__ import annotations

from aiohttp import web

from agent_console.access import Permission, may
from agent_console.authentication import principal
from agent_console.dependencies import DEPENDENCIES
from agent_console.problems import Problem, not_found
from storage import hearing_scope, recording_search
from storage.hearing_scope import HearingScope
from storage.recording_search import FoundRecording

_SHORTEST_PURPOSE = 3


async def scope_of(request: web.Request) -> HearingScope:
    """Return what the sender may hear. Raises Problem 403 for one who may hear nothing."""
    deps = request.app[DEPENDENCIES]
    user = principal(request).user
    if not may(user.role, Permission.RECORDINGS_LISTEN):
        if not deps.operators_hear_own or not user.extension:
            raise Problem(403, "forbidden", f"the role {user.role} may not hear recordings here", reason="may_not_hear")
        return HearingScope(operator=user.extension)
    async with deps.database.read() as connection:
        queues = await hearing_scope.queues_of(connection, user.username)
    return HearingScope(organisation=user.organisation, queues=queues)


async def recording_of(request: web.Request) -> FoundRecording:
    """Return the recording of the address, within the sender's scope. Raises Problem 404: outside it nothing exists."""
    scope = await scope_of(request)
    async with request.app[DEPENDENCIES].database.read() as connection:
        found = await recording_search.get_within(connection, request.match_info["id"][:64], scope)
    linkedid = request.match_info.get("linkedid")
    if found is None or (linkedid is not None and found.recording.linkedid != linkedid):
        raise not_found("this recording", "no_recording")
    return found


def purpose_of(request: web.Request) -> str:
    """Return why the sender listens. Raises Problem without one."""
    purpose = " ".join(request.query.get("purpose", "").split())[:300]
    if len(purpose) < _SHORTEST_PURPOSE:
        raise Problem(400, "purpose_required", "add purpose= with why you listen; it is stored", field="purpose")
    return purpose
