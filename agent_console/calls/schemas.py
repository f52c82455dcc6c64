"""Shapes of calls in the API. Times are RFC 3339 with zone, durations in seconds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel


class CallerShape(BaseModel):
    """Who called: `kind` as `CallerKind` or `unknown`; `number` is E.164, `shown` is grouped for reading."""

    kind: str
    number: str = ""
    shown: str = ""


class CallSummary(BaseModel):
    """A line of the list."""

    linkedid: str
    direction: str
    did: str | None
    caller: CallerShape
    language: str | None
    arrived_at: datetime
    answered_at: datetime | None
    queued_at: datetime | None
    operator_answered_at: datetime | None
    ended_at: datetime | None
    queue: str | None
    operator: str | None
    outcome: str | None
    waited: float | None
    case_number: str | None


class CallList(BaseModel):
    """A page of calls."""

    items: list[CallSummary]
    total: int


class Step(BaseModel):
    """One step of the menu path."""

    step: int
    kind: str
    at: datetime
    data: dict[str, Any]


class Leg(BaseModel):
    """One channel of the call."""

    uniqueid: str
    channel: str
    extension: str | None
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    cause: int | None


class RecordingShape(BaseModel):
    """A recording; its sound is at `…/recordings/{id}/media?purpose=`."""

    id: str
    kind: str
    started_at: datetime
    seconds: float | None
    state: str


class CallDetail(CallSummary):
    """Everything about one call."""

    steps: list[Step]
    legs: list[Leg]
    recordings: list[RecordingShape]
    cases: list[str]


class Done(BaseModel):
    """The PBX carried it out."""

    done: bool = True
