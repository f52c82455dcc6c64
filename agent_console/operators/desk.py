"""An operator's desk: what is known of one operator now, and what follows from it.

Owns the words for what an operator does, wants and is paused for. Pure. What changes a desk belongs to `states`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

CONNECTION: Final = "connection"
UNANSWERED: Final = "unanswered"
WRAP_UP: Final = "wrapup"
"""Reasons of a pause that the server gives; a town has none of these names."""


class State(StrEnum):
    """What an operator does now. LOST: would be ready, but the console has gone."""

    OFFLINE = "offline"
    READY = "ready"
    PAUSED = "paused"
    RINGING = "ringing"
    TALKING = "talking"
    WRAPUP = "wrapup"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the operator wants when no call is in the way: READY, PAUSED (`reason`, `until`) or OFFLINE."""

    state: State = State.OFFLINE
    reason: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """One operator. `since`: of the state. `until`: end of a wrap-up. `away`: since when the console is gone.

    `at_console`: became ready in a browser, so a closed browser counts. `wraps_up`: is asked for outcomes. `session`
    and `row_since` name the open row of activity. `outside`: the conversation is with a citizen. `wrapping`: the call
    whose wrap-up a ring has broken into (the telephone rang before the exchange knew of the pause), `until` its end.
    """

    extension: str
    username: str
    state: State
    since: datetime
    wanted: Wanted = Wanted()
    until: datetime | None = None
    away: datetime | None = None
    linkedid: str = ""
    queue: str = ""
    outside: bool = False
    at_console: bool = False
    wraps_up: bool = False
    misses: int = 0
    extended: int = 0
    session: str = ""
    row_since: datetime | None = None
    queues: tuple[str, ...] = ()
    wrapping: str = ""
    wrapping_queue: str = ""

    @property
    def owes_outcome_of(self) -> str:
        """Return the call whose outcome the operator is asked for now; empty: none."""
        return self.linkedid if self.state is State.WRAPUP else self.wrapping

    @property
    def reason(self) -> str:
        """Return why the operator is paused; empty in any other state."""
        return CONNECTION if self.state is State.LOST else self.wanted.reason if self.state is State.PAUSED else ""

    @property
    def ends_at(self) -> datetime | None:
        """Return when the present state ends by itself as far as the operator is told: pause or wrap-up."""
        return self.until if self.state is State.WRAPUP else self.wanted.until if self.state is State.PAUSED else None

    @property
    def activity(self) -> tuple[str, str, str, str] | None:
        """Return (activity, reason, queue, linkedid) as it is put on record; None while there is no session."""
        if self.state is State.OFFLINE:
            return None
        name = State.PAUSED if self.state is State.LOST else self.state
        return name.value, self.reason, self.queue, self.linkedid

    @property
    def member(self) -> tuple[bool, str] | None:
        """Return (paused, reason) of the queue member that the PBX must have; None: it must have none."""
        if self.state is State.OFFLINE:
            return None
        if self.owes_outcome_of:
            return True, WRAP_UP
        if self.reason:
            return True, self.reason
        if self.wanted.state is not State.READY:
            return True, self.wanted.reason or State.OFFLINE.value
        return (True, CONNECTION) if self.away is not None else (False, "")


def told(desk: Desk, fault: str = "") -> dict[str, Any]:
    """Return what pages and the API are told of a desk; a lost console is a pause with a reason of its own."""
    ends = desk.ends_at
    return {
        "operator": desk.extension,
        "state": State.PAUSED.value if desk.state is State.LOST else desk.state.value,
        "reason": desk.reason,
        "since": desk.since.isoformat(),
        "until": ends.isoformat() if ends else None,
        "wanted": desk.wanted.state.value,
        "wanted_reason": desk.wanted.reason if desk.wanted.state is State.PAUSED else "",
        "linkedid": desk.linkedid,
        "fault": fault,
    }
