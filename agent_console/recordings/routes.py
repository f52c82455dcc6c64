"""Recordings over HTTP: find, look, listen, mark, hold. Owns the addresses and that each act is in the audit log first.

The order of listening is purpose → audit → sound: without a purpose, or while the audit cannot be stored, nothing is
heard. Whatever lies outside the sender's scope does not exist.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from agent_console.access import Permission
from agent_console.authentication import principal
from agent_console.calls.schemas import Done
from agent_console.dependencies import DEPENDENCIES
from agent_console.problems import Problem, not_found
from agent_console.recordings.access import purpose_of, recording_of
from agent_console.recordings.playing import file_of, send
from agent_console.recordings.schemas import (
    HeardQueues,
    Made,
    NewHold,
    NewMark,
    RecordingDetail,
    RecordingList,
    SearchRecordings,
)
from agent_console.recordings.service import detail, search, wanted_of
from agent_console.routing import Route, json_answer, read_body
from calls.ids import CaseNumber
from storage import audit_repository, case_repository, hearing_scope, recording_holds, recording_marks, user_repository


async def _audit(request: web.Request, connection: Any, action: str, target: str, **more: Any) -> None:  # noqa: ANN401  passed on
    purpose = more.pop("purpose", "")
    actor = principal(request).user.username
    at = request.app[DEPENDENCIES].clock()
    await audit_repository.append(
        connection, at=at, actor=actor, action=action, target=target, purpose=purpose, data=more
    )


async def media(request: web.Request) -> web.StreamResponse:
    """Answer with the sound, from any position; with `download` as a file."""
    deps = request.app[DEPENDENCIES]
    purpose = purpose_of(request)
    recording = (await recording_of(request)).recording
    path = file_of(deps, recording)
    download = request.query.get("download") == "true"
    async with deps.database.begin() as connection:
        asked = {"linkedid": recording.linkedid, "range": request.headers.get("Range", "")[:60]}
        action = "recording_exported" if download else "recording_listened"
        await _audit(request, connection, action, recording.id, purpose=purpose, **asked)
    headers = {"Cache-Control": "no-store", "Accept-Ranges": "bytes"}
    if download:
        ending = "wav" if path.suffix == ".wav" else "ogg"
        headers["Content-Disposition"] = f'attachment; filename="recording-{recording.id}.{ending}"'
    return await send(request, recording, headers)


async def find(request: web.Request) -> web.Response:
    """Answer with a page of recordings."""
    asked = await read_body(request, SearchRecordings)
    wanted = wanted_of(request.app[DEPENDENCIES], asked)
    _, items, total = await search(request, wanted, limit=asked.limit, offset=asked.offset)
    return json_answer(RecordingList(items=items, total=total))


async def get(request: web.Request) -> web.Response:
    """Answer with everything beside the sound."""
    return json_answer(await detail(request.app[DEPENDENCIES], await recording_of(request)))


async def add_mark(request: web.Request) -> web.Response:
    """Store a mark."""
    deps = request.app[DEPENDENCIES]
    recording = (await recording_of(request)).recording
    new = await read_body(request, NewMark)
    async with deps.database.begin() as connection:
        author = principal(request).user.username
        mark = await recording_marks.add(
            connection, recording.id, at=new.at, text=new.text, author=author, now=deps.clock()
        )
        await _audit(request, connection, "recording_marked", recording.id, mark=mark)
    return json_answer(Made(id=mark), status=201)


async def remove_mark(request: web.Request) -> web.Response:
    """Delete the sender's own mark."""
    recording = (await recording_of(request)).recording
    mark = int(request.match_info["mark"])
    async with request.app[DEPENDENCIES].database.begin() as connection:
        author = principal(request).user.username
        if not await recording_marks.remove(connection, recording.id, mark, author=author):
            raise Problem(403, "forbidden", "there is no mark of yours with this number", reason="not_your_mark")
        await _audit(request, connection, "recording_mark_deleted", recording.id, mark=mark)
    return json_answer(Done())


async def hold(request: web.Request) -> web.Response:
    """Keep a recording beyond its time."""
    deps = request.app[DEPENDENCIES]
    recording = (await recording_of(request)).recording
    if recording.state == "purged":
        raise Problem(410, "recording_gone", "it was deleted when its time was over; there is nothing to keep")
    new = await read_body(request, NewHold)
    async with deps.database.begin() as connection:
        by = principal(request).user.username
        made = await recording_holds.place(
            connection, recording_id=recording.id, reason=new.reason, by=by, now=deps.clock()
        )
        await _audit(request, connection, "recording_held", recording.id, purpose=new.reason, hold=made)
    return json_answer(Made(id=made), status=201)


async def hold_case(request: web.Request) -> web.Response:
    """Keep every recording of a case, those to come, too."""
    deps = request.app[DEPENDENCIES]
    new = await read_body(request, NewHold)
    try:
        number = CaseNumber.parse(request.match_info["number"])
    except ValueError as error:
        raise not_found("this case", "no_case") from error
    async with deps.database.begin() as connection:
        if await case_repository.get(connection, number) is None:
            raise not_found("this case", "no_case")
        by = principal(request).user.username
        made = await recording_holds.place(
            connection, case_number=number.digits, reason=new.reason, by=by, now=deps.clock()
        )
        await _audit(request, connection, "case_recordings_held", number.digits, purpose=new.reason, hold=made)
    return json_answer(Made(id=made), status=201)


async def release_hold(request: web.Request) -> web.Response:
    """Let retention go on."""
    deps = request.app[DEPENDENCIES]
    new = await read_body(request, NewHold)
    hold_id = int(request.match_info["hold"])
    async with deps.database.begin() as connection:
        by = principal(request).user.username
        found = await recording_holds.release(connection, hold_id, reason=new.reason, by=by, now=deps.clock())
        if found is None:
            raise not_found("this hold", "no_hold")
        target = found.recording_id or found.case_number or ""
        await _audit(request, connection, "recording_hold_released", target, purpose=new.reason, hold=hold_id)
    return json_answer(Done())


async def limit_hearing(request: web.Request) -> web.Response:
    """Limit an account to the recordings of some queues."""
    username = request.match_info["username"]
    new = await read_body(request, HeardQueues)
    async with request.app[DEPENDENCIES].database.begin() as connection:
        if await user_repository.get_user(connection, username) is None:
            raise not_found("this account", "no_account")
        await hearing_scope.set_queues(connection, username, [queue[:64] for queue in new.queues])
        await _audit(request, connection, "hearing_limited", username, queues=sorted(set(new.queues)))
    return json_answer(Done())


_LISTEN = Permission.RECORDINGS_LISTEN
_ONE = "/api/v1/recordings/{id}"
ROUTES = (
    Route(
        "GET",
        "/api/v1/calls/{linkedid}/recordings/{id}/media",
        media,
        Permission.RECORDINGS_OWN,
        "The sound of a recording (HTTP Range); each listen is audited with its purpose",
        query={"purpose": "why you listen (required, stored)", "download": "true: as a file; audited as an export"},
        statuses=(200, 206),
        media="audio/ogg",
    ),
    Route(
        "POST", "/api/v1/recordings/search", find, Permission.RECORDINGS_OWN,
        "Find recordings by call, case, operator, number, date, outcome; each look is audited",
        body=SearchRecordings, answer=RecordingList,
    ),
    Route(
        "GET", _ONE, get, Permission.RECORDINGS_OWN, "One recording: waveform, gaps, marks, holds",
        answer=RecordingDetail,
    ),
    Route(
        "POST", f"{_ONE}/marks", add_mark, _LISTEN, "Mark a moment", body=NewMark, answer=Made, creates=True,
        statuses=(201,),
    ),
    Route("DELETE", _ONE + r"/marks/{mark:\d{1,15}}", remove_mark, _LISTEN, "Delete your own mark", answer=Done),
    Route(
        "POST", f"{_ONE}/holds", hold, _LISTEN, "Legal hold: keep it beyond its time", body=NewHold, answer=Made,
        creates=True, statuses=(201,),
    ),
    Route(
        "POST", "/api/v1/cases/{number}/recording-holds", hold_case, _LISTEN, "Legal hold on a case's recordings",
        body=NewHold, answer=Made, creates=True, statuses=(201,),
    ),
    Route(
        "POST", r"/api/v1/recording-holds/{hold:\d{1,15}}/release", release_hold, _LISTEN, "Release a legal hold",
        body=NewHold, answer=Done,
    ),
    Route(
        "PUT", "/api/v1/users/{username}/heard-queues", limit_hearing, Permission.ADMINISTER,
        "Limit whose recordings an account may hear", body=HeardQueues, answer=Done,
    ),
)  # fmt: skip
