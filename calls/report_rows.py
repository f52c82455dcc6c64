"""What reports read: one value type for each kind of stored row, with the columns that figures are made of.

Owns the shapes; storage fills them, reports count them. Times are UTC. Nothing here identifies a citizen: a caller is
a token.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple


class CallRow(NamedTuple):
    """A real call from outside. `queued_at`: since when the caller waited for a person, None when he never did."""

    linkedid: str
    arrived_at: datetime
    queued_at: datetime | None = None
    operator_answered_at: datetime | None = None
    ended_at: datetime | None = None
    queue: str | None = None
    operator: str | None = None
    outcome: str | None = None
    caller_token: str | None = None
    case_number: str | None = None


class SegmentRow(NamedTuple):
    """A part of a conversation: `kind` is talk, hold, consult, conference. `ended_at` None: it goes on."""

    linkedid: str
    operator: str
    queue: str
    kind: str
    began_at: datetime
    ended_at: datetime | None


class WrapUpTime(NamedTuple):
    """Wrap-up after a conversation. `ended_at` None: it goes on."""

    linkedid: str
    operator: str
    queue: str
    began_at: datetime
    ended_at: datetime | None


class ActivityRow(NamedTuple):
    """What an operator did: ready, paused, ringing, talking, wrapup."""

    session_id: str
    activity: str
    reason: str
    linkedid: str | None
    began_at: datetime
    ended_at: datetime | None


class SessionRow(NamedTuple):
    """A session. `next_began_at`: when the same telephone's next session began, None when there is none."""

    id: str
    username: str
    extension: str
    began_at: datetime
    ended_at: datetime | None
    next_began_at: datetime | None = None


class MenuCall(NamedTuple):
    """The way of one call through the menu: (`node`, `keys`) in order, and how the call ended.

    `last`: the node where the flow ended, nothing pressed there: who hangs up in mid-prompt leaves no step. Empty when
    that is not on record, or when the caller went on to a queue.
    """

    linkedid: str
    language: str
    steps: Sequence[tuple[str, str]]
    outcome: str | None
    last: str = ""


class MissedRow(NamedTuple):
    """A row of the worklist of calls that got nothing."""

    reason: str
    at: datetime
    closed_at: datetime | None
    closed_how: str | None


class CaseRow(NamedTuple):
    """A case with the moments a scorecard is made of; each None until it happened.

    `handed_over_at`: first order or assignment. `taken_at`: first acknowledgement of an order, or work begun.
    `reopened`: how many times.
    """

    number: str
    organisation: str
    created_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    handed_over_at: datetime | None
    taken_at: datetime | None
    fixed_at: datetime | None
    reopened: int
