"""Shapes of operators in the API."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field


class OperatorShape(BaseModel):
    """An operator: what they said they are (`state`), and what their phone does (`phone`: idle, ringing, talking)."""

    username: str
    display_name: str
    extension: str
    state: str
    reason: str
    since: datetime | None
    phone: str
    linkedid: str | None


class OperatorList(BaseModel):
    """All operators."""

    items: list[OperatorShape]
    total: int


class StateWanted(BaseModel):
    """`ready`, `paused:REASON` or `offline`."""

    state: str = Field(max_length=64)


class StateNow(BaseModel):
    """What the PBX accepted."""

    state: str
    reason: str
    since: datetime


class WrapUp(BaseModel):
    """How the conversation ended, in the town's own words. `linkedid` defaults to the call on the desk."""

    outcome: str = Field(min_length=2, max_length=40, pattern=r"^[a-z_]+$")
    linkedid: str | None = Field(None, max_length=64)
    note: str = Field("", max_length=1000)


class WrappedUp(BaseModel):
    """The call has left the desk."""

    linkedid: str
    outcome: str
