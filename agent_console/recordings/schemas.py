"""Shapes of recordings in the API. Times are RFC 3339 with zone, moments within a recording in seconds."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from agent_console.calls.schemas import CallerShape


class RecordingLine(BaseModel):
    """A recording in a list."""

    id: str
    linkedid: str
    kind: str
    state: str
    started_at: datetime
    seconds: float | None
    operator: str | None
    outcome: str | None
    queue: str | None
    case_number: str | None
    caller: CallerShape
    held: bool


class RecordingList(BaseModel):
    """A page of recordings."""

    items: list[RecordingLine]
    total: int


class SearchRecordings(BaseModel):
    """What is looked for. In a body, so that no telephone number stands in an address."""

    text: str = Field("", max_length=100)
    number: str = Field("", max_length=40)
    call: str = Field("", max_length=64)
    case: str = Field("", max_length=30)
    operator: str = Field("", max_length=32)
    outcome: str = Field("", max_length=32)
    kind: Literal["", "call", "message", "order", "notice"] = ""
    begins: datetime | None = None
    before: datetime | None = None
    limit: int = Field(50, ge=1, le=200)
    offset: int = Field(0, ge=0, le=10_000_000)


class GapShape(BaseModel):
    """A stretch without sound because recording was paused; `begins` and `ends` in seconds of the recording."""

    begins: float
    ends: float | None
    why: str
    by: str


class MarkShape(BaseModel):
    """What somebody wrote at a moment."""

    id: int
    at: float
    text: str
    author: str
    written_at: datetime


class HoldShape(BaseModel):
    """A legal hold that stands."""

    id: int
    recording_id: str | None
    case_number: str | None
    reason: str
    placed_at: datetime
    placed_by: str


class RecordingDetail(RecordingLine):
    """Everything beside the sound. `lanes`: loudest samples 0–255 of equal stretches, caller first."""

    lanes: list[list[int]]
    gaps: list[GapShape]
    marks: list[MarkShape]
    holds: list[HoldShape]


class NewMark(BaseModel):
    """A mark."""

    at: float = Field(ge=0, le=86_400)
    text: str = Field(min_length=1, max_length=1000)


class NewHold(BaseModel):
    """Why nothing may be deleted, or may be again."""

    reason: str = Field(min_length=3, max_length=1000)


class Made(BaseModel):
    """The id of what was made."""

    id: int


class HeardQueues(BaseModel):
    """The queues whose recordings an account may hear; none: no limit."""

    queues: list[str] = Field(max_length=100)
