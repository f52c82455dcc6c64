"""Operators' time: ready + paused + ringing + talking + wrap-up = session. Pure, in UTC, to the microsecond.

A session ends when it was ended, else when the same telephone's next session began (a crash and a new login), else it
goes on. A row of activity ends likewise: at its end, at the next row, at its session's end. What no row covers is
`unexplained`: it is shown, never spread over the others. Sessions are cut at the period's edges.

occupancy = (talking + wrap-up) / (session - paused - unexplained)
A ring counts as taken when talking with the same call follows it; a ring that goes on is not decided yet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from agent_console.reports.spread import share
from calls.report_rows import ActivityRow, SessionRow

ACTIVITIES: Final = ("ready", "paused", "ringing", "talking", "wrapup")


@dataclass(slots=True)
class OperatorTime:
    """Seconds of one operator within a period."""

    username: str
    extension: str
    session: float = 0.0
    spent: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    pauses: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    sessions: int = 0
    rings: int = 0
    rings_taken: int = 0
    signed_in_now: bool = False
    first_at: datetime | None = None
    last_at: datetime | None = None

    @property
    def unexplained(self) -> float:
        """Return the seconds of sessions that no activity covers."""
        return max(0.0, self.session - sum(self.spent.values()))

    @property
    def occupancy(self) -> float | None:
        """Return the share of working time spent with callers, 0–1."""
        return share(
            self.spent["talking"] + self.spent["wrapup"], self.session - self.spent["paused"] - self.unexplained
        )


def settled_end(session: SessionRow, now: datetime) -> datetime:
    """Return when a session ended, or now."""
    ends = [end for end in (session.ended_at, session.next_began_at, now) if end is not None]
    return max(session.began_at, min(ends))


class TimeKeeping:
    """Adds up activity within a period. Rows come in the order of session, then beginning; `finish` gives the sums."""

    def __init__(self, sessions: Iterable[SessionRow], *, since: datetime, until: datetime, now: datetime) -> None:
        self._sessions = {session.id: session for session in sessions}
        self._since, self._until, self._now = since, until, now
        self._people: dict[str, OperatorTime] = {}
        self._previous: ActivityRow | None = None
        for session in self._sessions.values():
            self._add_session(session)

    def _add_session(self, session: SessionRow) -> None:
        began, ended = max(session.began_at, self._since), min(settled_end(session, self._now), self._until)
        if ended <= began:
            return
        one = self._people.setdefault(session.username, OperatorTime(session.username, session.extension))
        one.extension = session.extension
        one.session += (ended - began).total_seconds()
        one.sessions += 1
        open_end = session.ended_at is None and session.next_began_at is None
        one.signed_in_now |= open_end and self._until > self._now
        one.first_at = min(began, one.first_at or began)
        one.last_at = max(ended, one.last_at or ended)

    def add(self, row: ActivityRow) -> None:
        """Add one row: it is counted when the next one is known."""
        if self._previous is not None:
            self._count(self._previous, row if row.session_id == self._previous.session_id else None)
        self._previous = row

    def finish(self) -> dict[str, OperatorTime]:
        """Return the time of each operator, by user name."""
        if self._previous is not None:
            self._count(self._previous, None)
            self._previous = None
        return self._people

    def _count(self, row: ActivityRow, following: ActivityRow | None) -> None:
        session = self._sessions.get(row.session_id)
        one = self._people.get(session.username) if session is not None else None
        if session is None or one is None:
            return
        end = settled_end(session, self._now)
        ended = min(end, row.ended_at or end, self._until)
        if following is not None and following.began_at < ended:
            ended = following.began_at
        if row.activity == "ringing" and self._since <= row.began_at < self._until:
            self._count_ring(one, row, following, goes_on=row.ended_at is None and end >= self._now)
        seconds = (ended - max(row.began_at, session.began_at, self._since)).total_seconds()
        if seconds > 0:
            one.spent[row.activity] += seconds
            if row.activity == "paused":
                one.pauses[row.reason] += seconds

    def _count_ring(self, one: OperatorTime, row: ActivityRow, following: ActivityRow | None, *, goes_on: bool) -> None:
        if following is None and goes_on:
            return
        one.rings += 1
        taken = following is not None and following.activity == "talking" and following.linkedid == row.linkedid
        one.rings_taken += taken
