"""The roster: who is ready, paused or offline, as the PBX accepted it. Owns putting members back after a restart.

The PBX is asked first; what it accepted is stored. While the database is down the state is kept in memory and stored
with the next change, so that an operator can always pause.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from agent_console.dependencies import ConsoleDependencies
from agent_console.problems import Problem
from calls.events import Event, EventType
from calls.ports import CallControl, CallControlError
from storage import operator_repository
from storage.database import DatabaseDown
from storage.operator_repository import OFFLINE, PAUSED, READY, OperatorState
from storage.user_repository import User

_LOG = logging.getLogger(__name__)
_LONGEST_REASON = 40


def parse_state(text: str) -> tuple[str, str]:
    """Return (state, reason) of `ready`, `paused:REASON` or `offline`. Raises Problem otherwise."""
    state, _, reason = text.strip().partition(":")
    reason = " ".join(reason.split())
    if state == PAUSED and 0 < len(reason) <= _LONGEST_REASON and reason.isprintable():
        return state, reason
    if state in (READY, OFFLINE) and not reason:
        return state, ""
    raise Problem(422, "invalid_field", "state is ready, paused:REASON or offline", field="state")


class Roster:
    """States of operators' phones in one queue."""

    def __init__(self, deps: ConsoleDependencies) -> None:
        self._deps = deps
        self._control: CallControl = deps.call_control
        self._states: dict[str, OperatorState] = {}
        self._unsaved: set[str] = set()

    async def set_state(self, user: User, wanted: str) -> OperatorState:
        """Ask the PBX, then store. Raises Problem (no phone, wrong words) and CallControlError (refused)."""
        state, reason = parse_state(wanted)
        if not user.extension:
            raise Problem(409, "conflict", "this account has no extension: the administrator gives it one")
        if state == OFFLINE:
            await self._control.remove_member(self._deps.queue, user.extension)
        else:
            await self._put_in(user.extension, paused=state == PAUSED, reason=reason)
        stored = OperatorState(user.extension, user.username, state, reason, self._deps.clock())
        before = self._states.get(user.extension)
        if before is not None and (before.state, before.reason) == (state, reason):
            stored = replace(stored, since=before.since)
        self._states[user.extension] = stored
        self._unsaved.add(user.extension)
        await self._save()
        data = {"operator": user.extension, "state": state, "reason": reason, "since": stored.since.isoformat()}
        await self._deps.bus.publish(Event(EventType.OPERATOR_CHANGED, self._deps.clock(), data))
        return stored

    async def _put_in(self, extension: str, *, paused: bool, reason: str) -> None:
        await self._control.add_member(self._deps.queue, extension, paused=paused, reason=reason)
        # A member that was there already kept its old pause.
        await self._control.pause_member(extension, paused=paused, reason=reason)

    async def _save(self) -> None:
        try:
            async with self._deps.database.begin() as connection:
                for extension in sorted(self._unsaved):
                    await operator_repository.save_state(connection, self._states[extension])
        except DatabaseDown as error:
            _LOG.warning("%d operator states wait for the database: %s", len(self._unsaved), error)
            return
        self._unsaved.clear()

    async def load(self) -> None:
        """Read the stored states. Raises DatabaseDown."""
        async with self._deps.database.read() as connection:
            stored = await operator_repository.list_states(connection)
        self._states = {state.extension: state for state in stored} | {
            extension: self._states[extension] for extension in self._unsaved
        }

    async def restore(self) -> tuple[str, ...]:
        """Put every ready or paused operator back into the queue; return the extensions that the PBX refused.

        Call it at start-up and after every (re)connection to the PBX. Offline operators are taken out.
        """
        try:
            await self.load()
        except DatabaseDown as error:
            _LOG.warning("roster restored from memory: %s", error)
        refused = []
        for state in self._states.values():
            try:
                if state.state == OFFLINE:
                    await self._control.remove_member(self._deps.queue, state.extension)
                else:
                    await self._put_in(state.extension, paused=state.state == PAUSED, reason=state.reason)
            except CallControlError as error:
                _LOG.error("operator %s is not in the queue: %s", state.extension, error)
                refused.append(state.extension)
        return tuple(refused)

    def state_of(self, extension: str) -> OperatorState | None:
        """Return the state of a phone, None when it never signed in."""
        return self._states.get(extension)

    def states(self) -> tuple[OperatorState, ...]:
        """Return every known state, by extension."""
        return tuple(self._states[extension] for extension in sorted(self._states))
