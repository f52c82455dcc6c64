"""Shapes of calls in the API. Times are RFC 3339 with zone, durations in seconds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from calls.conversation import SnoopMode
from calls.phones import PhoneKind


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


class InterruptionShape(BaseModel):
    """The operator's phone died in mid-call. `end`: given_back, given_up (head of the queue), caller_left, or empty."""

    operator: str
    began_at: datetime
    ended_at: datetime | None
    seconds: float | None
    end: str


class Pause(BaseModel):
    """A stretch in which the recording was silent."""

    began_at: datetime
    ended_at: datetime | None
    why: str
    by: str


class SegmentShape(BaseModel):
    """A part of the conversation: `kind` is talk, hold, consult or conference; an operator's parts never overlap."""

    operator: str
    kind: str
    began_at: datetime
    ended_at: datetime | None
    seconds: float | None


class SteeringShape(BaseModel):
    """What is being done with a call now; empty words: nothing. `held` is desk or phone."""

    held: str = ""
    consult: str = ""
    consult_state: str = ""
    sent_to: str = ""
    trouble: str = ""


class CallDetail(CallSummary):
    """Everything about one call. `now` is None once it is over."""

    steps: list[Step]
    legs: list[Leg]
    segments: list[SegmentShape]
    now: SteeringShape | None = None
    recordings: list[RecordingShape]
    pauses: list[Pause]
    cases: list[str]
    interruptions: list[InterruptionShape] = []


class Done(BaseModel):
    """The PBX carried it out."""

    done: bool = True


class CallState(BaseModel):
    """The PBX did what was asked."""

    linkedid: str
    action: str
    done: bool = True


class TransferWish(BaseModel):
    """To whom: `operator-EXTENSION`, `queue-NAME`, `duty-NUMBER` or `organisation-ID`, as `transfer-targets` lists."""

    target: str = Field(min_length=1, max_length=80)


class SnoopWish(BaseModel):
    """How, and on which of the supervisor's phones: any SIP phone, or the one in the browser."""

    mode: SnoopMode
    phone: PhoneKind = PhoneKind.SIP


class TargetShape(BaseModel):
    """To whom a call may be sent. `name` is for showing; `state` of an operator: ready, busy, paused or offline."""

    target: str
    kind: str
    name: str
    state: str = ""


class TargetList(BaseModel):
    """Operators who are free first, then queues, then telephones outside."""

    items: list[TargetShape]
