"""Shapes of the worklist. Numbers are for those who may work it, and for nobody else."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from agent_console.calls.schemas import CallerShape


class MissedStep(BaseModel):
    """A place of the menu that the caller came to: what staff call it, and the keys pressed there."""

    words: str
    keys: str = ""


class MissedOne(BaseModel):
    """One call that got nothing. `last_step`: where it ended (`queue` or a node); `heard`: the last thing it was told.

    `waited` in seconds. `path`: how it went through the menu.
    """

    id: int
    linkedid: str
    language: str | None
    reason: str
    last_step: str
    last_words: str
    heard: str
    path: list[MissedStep]
    at: datetime
    waited: float
    closed_at: datetime | None
    closed_by: str | None
    closed_how: str | None
    closed_note: str | None


class AttemptMade(BaseModel):
    """A call back. `outcome`: reached, not_reached, operator_absent, failed; None while it goes on."""

    by: str
    extension: str
    linkedid: str
    began_at: datetime
    ended_at: datetime | None
    outcome: str | None


class Missed(MissedOne):
    """A caller: the worst of their calls stands for them, `calls` has all of them, newest first.

    `answered_since`: the caller rang again later and talked with somebody; the row is still for a person to close.
    """

    caller: CallerShape
    count: int
    newest: int
    first_at: datetime
    longest_wait: float
    calls: list[MissedOne]
    attempts: list[AttemptMade]
    answered_since: datetime | None
    can_call_back: bool


class MessageWaiting(BaseModel):
    """A message left on the telephone whose case nobody has taken up yet. It leaves when somebody does."""

    linkedid: str
    at: datetime
    caller: CallerShape
    language: str | None
    case_number: str
    can_call_back: bool


class MissedList(BaseModel):
    """A page of the worklist. `total` counts callers; `outbound_line`: whether the town can call anybody back."""

    items: list[Missed]
    total: int
    messages: list[MessageWaiting]
    messages_total: int
    outbound_line: bool


class CloseMissed(BaseModel):
    """How it was made good. `note` is required for `reason`; for `case` it is the case number.

    `through`: the newest id that the sender has seen, so that a call that came in meanwhile stays open.
    """

    how: Literal["callback", "case", "reason"]
    note: str = Field("", max_length=1000)
    through: int | None = Field(None, ge=1)


class Closed(BaseModel):
    """The row is closed, with all of the caller's calls."""

    id: int
    closed: bool = True
    calls: list[str]


class CallbackBegun(BaseModel):
    """The operator's phone was picked up and the citizen is being called. `linkedid`: the new call."""

    linkedid: str
    attempt: str
