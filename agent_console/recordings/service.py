"""Recordings for showing: rows, callers, gaps and marks put together. Owns the audit row of every look for them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime

import numpy as np
from aiohttp import web

from agent_console.authentication import principal
from agent_console.calls.service import caller_searched, caller_shape, callers_of
from agent_console.dependencies import DEPENDENCIES, ConsoleDependencies
from agent_console.problems import Problem
from agent_console.recordings.access import scope_of
from agent_console.recordings.playing import file_of, opened, say_damaged
from agent_console.recordings.schemas import (
    GapShape,
    HoldShape,
    MarkShape,
    RecordingDetail,
    RecordingLine,
    SearchRecordings,
)
from calls.ids import CaseNumber
from recordings.lanes import open_lanes, peaks_of
from recordings.naming import SEALED
from recordings.riff import WavError
from recordings.sealing import PEAKS
from recordings.vault import TamperedError
from storage import audit_repository, recording_gaps, recording_holds, recording_marks, recording_search
from storage.recording_gaps import Gap
from storage.recording_search import FoundRecording, Wanted

_LOG = logging.getLogger(__name__)


def wanted_of(deps: ConsoleDependencies, asked: SearchRecordings, caller_token: str | None = None) -> Wanted:
    """Return what is looked for; a number, as `number` or `text`, becomes its token. Raises Problem."""
    token, text = caller_searched(deps, asked.text)
    if asked.number:
        token, left = caller_searched(deps, asked.number)
        if left:
            raise Problem(
                422, "invalid_field", "number is a telephone number", field="number", reason="not_a_telephone"
            )
    case = ""
    if asked.case:
        try:
            case = CaseNumber.parse(asked.case).digits
        except ValueError as error:
            raise Problem(422, "invalid_field", str(error), field="case", reason="not_a_case_number") from error
    for name in ("begins", "before"):
        moment: datetime | None = getattr(asked, name)
        if moment is not None and moment.tzinfo is None:
            raise Problem(422, "invalid_field", f"{name} needs a zone", field=name, reason="field_wrong")
    return Wanted(
        text=text,
        caller_token=token or caller_token,
        call=asked.call,
        case=case,
        operator=asked.operator,
        outcome=asked.outcome,
        kind=asked.kind,
        begins=asked.begins,
        before=asked.before,
    )


async def search(
    request: web.Request, wanted: Wanted, *, limit: int, offset: int
) -> tuple[list[FoundRecording], list[RecordingLine], int]:
    """Return what is found within the sender's scope; the look is in the audit log before anything is answered."""
    deps = request.app[DEPENDENCIES]
    scope = await scope_of(request)
    async with deps.database.begin() as connection:
        found, total = await recording_search.search(connection, wanted, scope=scope, limit=limit, offset=offset)
        await audit_repository.append(
            connection,
            at=deps.clock(),
            actor=principal(request).user.username,
            action="recordings_searched",
            target="recordings",
            data={**wanted.told(), "found": total},
        )
    return found, await lines(deps, found), total


async def lines(deps: ConsoleDependencies, found: Sequence[FoundRecording]) -> list[RecordingLine]:
    """Return the rows with their callers, as far as the identity store tells."""
    known = await callers_of(deps, (one.caller_token for one in found))
    return [
        RecordingLine(
            id=one.recording.id,
            linkedid=one.recording.linkedid,
            kind=one.recording.kind,
            state=one.recording.state,
            started_at=one.recording.started_at,
            seconds=one.recording.seconds,
            operator=one.operator,
            outcome=one.outcome,
            queue=one.queue,
            case_number=one.case_number,
            caller=caller_shape(one.caller_kind, one.caller_token, known),
            held=one.held,
        )
        for one in found
    ]


async def detail(deps: ConsoleDependencies, found: FoundRecording) -> RecordingDetail:
    """Return everything beside the sound."""
    recording = found.recording
    async with deps.database.read() as connection:
        gaps = await recording_gaps.of_calls(connection, [recording.linkedid] if recording.kind == "call" else [])
        marks = await recording_marks.of_recording(connection, recording.id)
        holds = await recording_holds.standing(connection, recording.id)
    (line,) = await lines(deps, [found])
    return RecordingDetail(
        **line.model_dump(),
        lanes=await _lanes(deps, found),
        gaps=[gap_shape(gap, recording.started_at) for gap in gaps],
        marks=[MarkShape(**{name: getattr(mark, name) for name in MarkShape.model_fields}) for mark in marks],
        holds=[HoldShape(**{name: getattr(hold, name) for name in HoldShape.model_fields}) for hold in holds],
    )


def gap_shape(gap: Gap, started_at: datetime) -> GapShape:
    """Return a gap as moments of its recording."""
    ends = None if gap.ended_at is None else max(0.0, (gap.ended_at - started_at).total_seconds())
    return GapShape(begins=max(0.0, (gap.began_at - started_at).total_seconds()), ends=ends, why=gap.why, by=gap.by)


async def _lanes(deps: ConsoleDependencies, found: FoundRecording) -> list[list[int]]:
    """Return the peaks; none when there is nothing to look at: the reason is said when somebody listens."""
    try:
        path = file_of(deps, found.recording)
        if path.suffix == SEALED:
            sealed = await opened(deps, found.recording, path)
            raw = await asyncio.to_thread(sealed.read, PEAKS)
        else:
            sound = await asyncio.to_thread(open_lanes, [path])
            raw = bytes([sound.channels]) + await asyncio.to_thread(peaks_of, sound)
    except (Problem, WavError, OSError, KeyError) as error:
        _LOG.info("no waveform of %s: %s", found.recording.id, error)
        return []
    except TamperedError as error:
        await say_damaged(deps, found.recording, error)
        return []
    channels = raw[0] if raw else 0
    if not channels or (len(raw) - 1) % channels:
        return []
    return [[int(peak) for peak in lane] for lane in np.frombuffer(raw[1:], np.uint8).reshape(channels, -1)]
