"""The text of a recording over HTTP. Owns why there is none, and that reading is in the audit log first.

The order is that of listening: purpose → audit → text. Whatever lies outside the sender's scope does not exist.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final, Literal

from aiohttp import web
from pydantic import BaseModel

from agent_console.access import Permission
from agent_console.authentication import principal
from agent_console.dependencies import DEPENDENCIES, ConsoleDependencies
from agent_console.problems import Problem, not_found
from agent_console.recordings.access import purpose_of, recording_of
from agent_console.recordings.playing import damaged, opened, say_damaged
from agent_console.routing import Route, json_answer
from recordings.naming import SEALED, TEXT
from recordings.texts import BOTH, CALLER, SYSTEM, Phrase, read_text, sealed_as
from recordings.vault import TamperedError
from storage import audit_repository, call_repository, recording_texts
from storage.recording_repository import Recording
from storage.recording_texts import TextState

Lane = Literal["caller", "system", "both"]
_LANES: Final[dict[int, Lane]] = {CALLER: "caller", SYSTEM: "system", BOTH: "both"}
Why = Literal["", "no_model", "kind", "no_sound", "language", "old", "waiting", "failed"]


class PhraseShape(BaseModel):
    """What was said in one go, in seconds of the recording. `system`: the operator and the machine."""

    lane: Lane
    begins: float
    ends: float
    text: str


class TextShape(BaseModel):
    """The text of a recording, or `why` there is none (yet)."""

    why: Why
    language: str | None = None
    made_at: datetime | None = None
    phrases: list[PhraseShape] = []


async def text(request: web.Request) -> web.Response:
    """Answer with what was said, or why that is not known."""
    deps = request.app[DEPENDENCIES]
    purpose = purpose_of(request)
    recording = (await recording_of(request)).recording
    if recording.state == "purged":
        raise Problem(410, "recording_gone", "it was deleted when its time was over; the call's record stays")
    async with deps.database.read() as connection:
        state = await recording_texts.get(connection, recording.id)
        call = await call_repository.get(connection, recording.linkedid)
    if state is None or state.made_at is None:
        return json_answer(TextShape(why=why_none(deps, recording, call.language if call else None, state)))
    async with deps.database.begin() as connection:
        await audit_repository.append(
            connection,
            at=deps.clock(),
            actor=principal(request).user.username,
            action="recording_text_read",
            target=recording.id,
            purpose=purpose,
            data={"linkedid": recording.linkedid},
        )
    phrases = [
        PhraseShape(lane=_LANES[one.lane], begins=one.begins, ends=one.ends, text=one.text)
        for one in await _phrases(deps, recording)
    ]
    return json_answer(TextShape(why="", language=state.language, made_at=state.made_at, phrases=phrases))


def why_none(deps: ConsoleDependencies, recording: Recording, language: str | None, state: TextState | None) -> Why:
    """Return why a recording has no text."""
    if recording.kind != "call":
        return "kind"
    if state is not None and state.is_given_up:
        return "failed"
    if not deps.text_languages:
        return "no_model"
    if language not in deps.text_languages:
        return "language"
    if recording.state == "recording":
        return "waiting"
    if recording.state not in recording_texts.WITH_SOUND or not recording.seconds:
        return "no_sound"
    if state is None and recording.started_at < deps.clock() - recording_texts.NEWEST:
        return "old"
    return "waiting"


async def _phrases(deps: ConsoleDependencies, recording: Recording) -> list[Phrase]:
    root = deps.recordings_dir.resolve()
    path = (root / recording.path).resolve()
    if path.suffix != SEALED or not path.is_relative_to(root) or not path.with_suffix(TEXT).is_file():
        raise not_found("the text of this recording", "no_recording_text")
    sealed = await opened(deps, recording, path.with_suffix(TEXT), sealed_as(recording.id))
    try:
        return await asyncio.to_thread(read_text, sealed)
    except TamperedError as error:
        await say_damaged(deps, recording, error)
        raise damaged() from error


ROUTES = (
    Route(
        "GET", "/api/v1/calls/{linkedid}/recordings/{id}/text", text, Permission.RECORDINGS_OWN,
        "What was said, where a recogniser is installed; each look is audited with its purpose", answer=TextShape,
        query={"purpose": "why you read (required, stored)"}, refusals=(409, 410),
    ),
)  # fmt: skip
