"""Puts on record what operators do: rows that touch one another and cover a session. Owns what waits to be stored.

States and rows of one change are stored in one transaction, so that a process killed at any moment leaves an open row
that says what the operator was doing: the next process goes on from it (see
docs/adr/0011-one-truth-about-an-operator.md).
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from agent_console.operators.desk import Desk, State, Wanted
from storage import operator_repository, work_repository
from storage.database import Database, DatabaseDown
from storage.operator_repository import OperatorState
from storage.work_repository import (
    ActivityBegun,
    ActivityEnded,
    SessionBegun,
    SessionEnded,
    WorkChange,
    WrappedUp,
)

_LOG = logging.getLogger(__name__)
_AT_ONCE = 200
"""Changes in one transaction after a long outage: other writers get their turn in between."""
_TIMES = ("until", "away", "row_since")
_PLAIN = ("linkedid", "queue", "outside", "at_console", "wraps_up", "misses", "extended", "session")
_YOUNGER = ("wrapping", "wrapping_queue")
"""Details that a row of an older release does not have."""


class Ledger:
    """Remembers changes until they are stored."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._changes: list[WorkChange] = []
        self._unsaved: dict[str, Desk] = {}
        self._saving = asyncio.Lock()
        self.to_save = asyncio.Event()
        """Set when something waits that nobody waits for."""

    @property
    def waiting(self) -> frozenset[str]:
        """Return the extensions whose state is not stored yet."""
        return frozenset(self._unsaved)

    def moved(self, before: Desk | None, after: Desk, at: datetime, *, end_reason: str = "offline") -> Desk:
        """Take down a change of state; return `after` with its session and row."""
        was = before.activity if before is not None else None
        if before is not None and was is not None:
            after = replace(after, session=before.session, row_since=before.row_since)
        after = self._rows(was, after, max(at, after.row_since or at), end_reason)
        self._unsaved[after.extension] = after
        return after

    def _rows(self, was: object, after: Desk, at: datetime, end_reason: str) -> Desk:
        now = after.activity
        if now == was:
            return after
        if was is not None and after.row_since is not None and (after.row_since < at or now is None):
            self._changes.append(ActivityEnded(after.session, after.row_since, at))
        if now is None:
            self._changes.append(SessionEnded(after.session, at, end_reason))
            return replace(after, session="", row_since=None)
        if was is None:
            session = f"{after.extension}-{at:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
            after = replace(after, session=session)
            self._changes.append(SessionBegun(session, after.username, after.extension, at))
        activity, reason, queue, linkedid = now
        self._changes.append(
            ActivityBegun(after.session, after.username, after.extension, activity, reason, queue, linkedid, at)
        )
        return replace(after, row_since=at)

    def wrapped_up(self, row: WrappedUp) -> None:
        """Take down how a conversation ended."""
        self._changes.append(row)

    async def save(self) -> bool:
        """Store everything that waits; False: the database is down, and it goes on waiting."""
        async with self._saving:
            while self._changes or self._unsaved:
                if not await self._save_some():
                    return False
        return True

    async def _save_some(self) -> bool:
        """Store the oldest changes; the states go with the last of them, in the same transaction."""
        changes = tuple(self._changes[:_AT_ONCE])
        desks = () if len(self._changes) > _AT_ONCE else tuple(self._unsaved.items())
        try:
            async with self._database.begin() as connection:
                for change in changes:
                    await work_repository.write(connection, change)
                for _, desk in desks:
                    await operator_repository.save_state(connection, stored_of(desk))
        except DatabaseDown as error:
            _LOG.warning("%d operators' states wait for the database: %s", len(self._unsaved), error)
            return False
        del self._changes[: len(changes)]
        for extension, desk in desks:
            if self._unsaved.get(extension) is desk:
                del self._unsaved[extension]
        return True

    async def load(self) -> dict[str, Desk]:
        """Return the stored desks by extension. Raises DatabaseDown."""
        async with self._database.read() as connection:
            stored = await operator_repository.list_states(connection)
        return {one.extension: desk_of(one) for one in stored}


def stored_of(desk: Desk) -> OperatorState:
    """Return the row of a desk."""
    details: dict[str, Any] = {name: getattr(desk, name) for name in (*_PLAIN, *_YOUNGER)}
    for name in _TIMES:
        moment = getattr(desk, name)
        details[name] = moment.isoformat() if moment is not None else None
    wanted = desk.wanted
    details["wanted"] = [wanted.state.value, wanted.reason, wanted.until.isoformat() if wanted.until else None]
    details["queues"] = list(desk.queues)
    return OperatorState(desk.extension, desk.username, desk.state.value, desk.reason, desk.since, details)


def desk_of(stored: OperatorState) -> Desk:
    """Return the desk of a row; one that an older release wrote has no details."""
    details: Mapping[str, Any] = stored.details
    state = State(stored.state)
    desk = Desk(stored.extension, stored.username, state, stored.since, Wanted(state, stored.reason))
    if not details:
        return desk
    state_wanted, reason, until = details["wanted"]
    values: dict[str, Any] = {name: details[name] for name in _PLAIN}
    values |= {name: details[name] for name in _YOUNGER if name in details}
    values |= {name: _moment(details[name]) for name in _TIMES}
    wanted = Wanted(State(state_wanted), reason, _moment(until))
    return replace(desk, **values, wanted=wanted, queues=tuple(details["queues"]))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
