"""The sound of a recording as an HTTP answer, from any position. Owns ranges and what is said when it cannot be played.

Only the chunks that are asked for are decrypted, each proved before it is sent: what was tampered with is never heard.
Must not know who may listen: that was decided, and written down, before.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from aiohttp import web

from agent_console.dependencies import DEPENDENCIES, ConsoleDependencies
from agent_console.problems import Problem, not_found
from calls.alarms import AlarmKind, alarm_id
from recordings.month_keys import KeyDamagedError, KeyGoneError
from recordings.naming import SEALED
from recordings.sealing import SOUND
from recordings.vault import SealedFile, TamperedError, open_sealed
from storage import alarm_repository, recording_repository
from storage.recording_repository import Recording

_LOG = logging.getLogger(__name__)
_TYPES: Final = {".wav": "audio/wav", ".ogg": "audio/ogg", ".opus": "audio/ogg", ".mp3": "audio/mpeg"}


def file_of(deps: ConsoleDependencies, recording: Recording) -> Path:
    """Return where the sound lies. Raises Problem: purged, still being recorded, or nowhere."""
    if recording.state == "purged":
        raise Problem(410, "recording_gone", "it was deleted when its time was over; the call's record stays")
    # The path comes from our own rows, but a row that was tampered with must not open another file.
    root = deps.recordings_dir.resolve()
    path = (root / recording.path).resolve()
    if not path.is_relative_to(root) or not path.is_file():
        if recording.state == "recording":
            raise Problem(409, "recording_waits", "the call goes on, or it is being stored: try again in a moment")
        raise not_found("the sound of this recording", "no_sound")
    return path


async def opened(deps: ConsoleDependencies, recording: Recording, path: Path, sealed_as: str = "") -> SealedFile:
    """Open a sealed file of a recording, its sound unless told.

    Raises Problem when it is damaged or its key is gone; damage becomes a state and an alarm.
    """
    try:
        return await asyncio.to_thread(open_sealed, path, sealed_as or recording.id, deps.recording_keys)
    except TamperedError as error:
        await say_damaged(deps, recording, error)
        raise damaged() from error
    except KeyGoneError as error:
        raise Problem(410, "recording_gone", f"it cannot be heard any more: {error}") from error
    except KeyDamagedError as error:
        _LOG.critical("recording %s: %s", recording.id, error)
        raise damaged() from error


def damaged() -> Problem:
    """Return the refusal to play what was tampered with."""
    return Problem(
        409, "recording_damaged", "it was changed after it was stored; it is not played, and an alarm says so"
    )


async def say_damaged(deps: ConsoleDependencies, recording: Recording, error: TamperedError) -> None:
    """Make it the recording's state, and raise an alarm."""
    _LOG.critical("recording %s: %s", recording.id, error)
    async with deps.database.begin() as connection:
        await recording_repository.set_state(connection, recording.id, "damaged")
        await alarm_repository.raise_alarm(
            connection,
            alarm_id(AlarmKind.RECORDING_DAMAGED, recording.id),
            level="critical",
            text=f"Recording {recording.id} is not what was stored: {error}",
            mend="Find out who could write to the recordings' disk; put the file back from a backup.",
            now=deps.clock(),
        )


async def send(request: web.Request, recording: Recording, headers: dict[str, str]) -> web.StreamResponse:
    """Answer with the sound. Raises Problem."""
    deps = request.app[DEPENDENCIES]
    path = file_of(deps, recording)
    if path.suffix != SEALED:
        response = web.FileResponse(path, headers=headers)
        response.content_type = _TYPES.get(path.suffix, "application/octet-stream")
        return response
    sealed = await opened(deps, recording, path)
    place = sealed.part(SOUND)
    start, stop, status = wanted_range(request, place.size)
    pieces = sealed.pieces(place.offset + start, place.offset + stop)
    try:  # before anything is sent: a refusal can still be one
        first = await asyncio.to_thread(_next, pieces)
    except TamperedError as error:
        await say_damaged(deps, recording, error)
        raise damaged() from error
    answer = web.StreamResponse(status=status, headers=headers | {"Content-Type": place.media})
    answer.content_length = stop - start
    if status == 206:
        answer.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{place.size}"
    await answer.prepare(request)
    piece: bytes | None = first
    while piece is not None:
        await answer.write(piece)
        try:
            piece = await asyncio.to_thread(_next, pieces)
        except TamperedError as error:
            await say_damaged(deps, recording, error)
            if request.transport is not None:  # the listener sees a broken answer, not a shorter recording
                request.transport.abort()
            return answer
    await answer.write_eof()
    return answer


def wanted_range(request: web.Request, size: int) -> tuple[int, int, int]:
    """Return the first byte, the byte after the last one, and the status. Raises Problem 416."""
    if "Range" not in request.headers or "," in request.headers["Range"]:
        return 0, size, 200  # several ranges in one answer: nobody asks, and the whole is allowed
    try:
        wanted = request.http_range
    except ValueError:
        raise Problem(416, "range_outside", "write it as Range: bytes=FIRST-LAST", size=size) from None
    start, stop, _ = wanted.indices(size)
    if wanted.start is None and wanted.stop is None:
        return 0, size, 200
    if start >= stop:
        raise Problem(416, "range_outside", f"the sound has {size} bytes", size=size)
    return start, stop, 206


def _next(pieces: Iterator[bytes]) -> bytes | None:
    return next(pieces, None)
