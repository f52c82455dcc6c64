"""Shapes of operators in the API."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field


class OperatorShape(BaseModel):
    """An operator: `state` (offline, ready, paused, ringing, talking, wrapup) until `until`, and what they `wanted`.

    `phone`: idle, ringing or talking, as the board sees it. `fault`: what the PBX refused, empty otherwise.
    """

    username: str
    display_name: str
    extension: str
    state: str
    reason: str
    since: datetime | None
    until: datetime | None
    wanted: str
    fault: str
    queues: list[str]
    phone: str
    linkedid: str | None


class OperatorList(BaseModel):
    """All operators."""

    items: list[OperatorShape]
    total: int


class StateWanted(BaseModel):
    """`ready`, `paused:REASON` or `offline`. During a call or a wrap-up it is what comes after.

    `minutes`: a pause that ends by itself. `wrap_up`: whether this operator is asked how conversations ended; without
    it one in a browser is, one who uses the API alone is not.
    """

    state: str = Field(max_length=64)
    minutes: int | None = Field(None, ge=1, le=600)
    wrap_up: bool | None = None


class StateNow(BaseModel):
    """What the PBX accepted. `until`: when it ends by itself. `wanted`: what comes when nothing is in the way."""

    state: str
    reason: str
    since: datetime
    until: datetime | None
    wanted: str
    wanted_reason: str
    linkedid: str
    fault: str


class QueuesWanted(BaseModel):
    """The queues an operator takes calls of; none: the town's own choice."""

    queues: list[str] = Field(max_length=50)


class QueuesNow(BaseModel):
    """The queues an operator takes calls of now."""

    extension: str
    queues: list[str]


class MissingOutcome(BaseModel):
    """A conversation that ended without an outcome. `how`: time_limit, gone (the console was), next_call."""

    linkedid: str
    extension: str
    username: str
    at: datetime
    how: str


class MissingOutcomes(BaseModel):
    """Conversations without an outcome, newest first."""

    items: list[MissingOutcome]
    total: int


class WrapUp(BaseModel):
    """How the conversation ended, in the town's own words. `linkedid` defaults to the call on the desk."""

    outcome: str = Field(min_length=2, max_length=40, pattern=r"^[a-z_]+$")
    linkedid: str | None = Field(None, max_length=64)
    note: str = Field("", max_length=1000)


class WrappedUp(BaseModel):
    """The call has left the desk."""

    linkedid: str
    outcome: str
