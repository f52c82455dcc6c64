"""Listening: `GET …/recordings/{id}/media?purpose=…` with HTTP Range. The audit row is committed before the first byte.

Owns the order purpose → audit → sound. Without a purpose, or while the audit cannot be stored, nothing is heard.
"""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from agent_console.access import Permission
from agent_console.authentication import principal
from agent_console.calls.routes import linkedid_of
from agent_console.dependencies import DEPENDENCIES
from agent_console.problems import Problem, not_found
from agent_console.routing import Route
from storage import audit_repository, recording_repository

_SHORTEST_PURPOSE = 3
_TYPES = {".wav": "audio/wav", ".ogg": "audio/ogg", ".opus": "audio/ogg", ".mp3": "audio/mpeg"}


async def media(request: web.Request) -> web.StreamResponse:
    """Answer with the sound, from any position."""
    deps = request.app[DEPENDENCIES]
    linkedid = linkedid_of(request)
    purpose = " ".join(request.query.get("purpose", "").split())[:300]
    if len(purpose) < _SHORTEST_PURPOSE:
        raise Problem(400, "purpose_required", "add purpose= with why you listen; it is stored", field="purpose")
    async with deps.database.read() as connection:
        recording = await recording_repository.get(connection, request.match_info["id"])
    if recording is None or recording.linkedid != linkedid:
        raise not_found("this recording")
    path = _inside(deps.recordings_dir, recording.path)
    if path is None:
        raise not_found("the sound of this recording")
    async with deps.database.begin() as connection:
        await audit_repository.append(
            connection,
            at=deps.clock(),
            actor=principal(request).user.username,
            action="recording_listened",
            target=recording.id,
            purpose=purpose,
            data={"linkedid": linkedid, "range": request.headers.get("Range", "")[:60]},
        )
    response = web.FileResponse(path, headers={"Cache-Control": "no-store", "Accept-Ranges": "bytes"})
    response.content_type = _TYPES.get(path.suffix, "application/octet-stream")
    return response


def _inside(folder: Path, relative: str) -> Path | None:
    # The path comes from our own rows, but a row that was tampered with must not open another file.
    root = folder.resolve()
    path = (root / relative).resolve()
    return path if path.is_relative_to(root) and path.is_file() else None


ROUTES = (
    Route(
        "GET",
        "/api/v1/calls/{linkedid}/recordings/{id}/media",
        media,
        Permission.RECORDINGS_LISTEN,
        "The sound of a recording (HTTP Range); each listen is audited with its purpose",
        query={"purpose": "why you listen (required, stored)"},
        statuses=(200, 206),
        media="audio/wav",
    ),
)
