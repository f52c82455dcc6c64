"""Queue members at the PBX: makes them what an operator's state asks for. Every answer of the PBX is checked.

Owns which phones are known to be in their queues, and who comes last after an unanswered call.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from agent_console.operators.states import Desk
from calls.ports import CallControl, CallControlError

LAST: Final = 100
"""Penalty added to whoever has just let a call ring: everybody else is asked first."""


class Members:
    """`queues_of`: the queues of a desk. `base_penalty`: of (queue, extension), 0 where nobody says otherwise."""

    def __init__(self, control: CallControl, queues_of: Callable[[Desk], tuple[str, ...]]) -> None:
        self._control = control
        self._queues_of = queues_of
        self._inside: set[str] = set()
        self._last_until: dict[str, datetime] = {}
        self.base_penalty: Callable[[str, str], int] = lambda queue, extension: 0

    def forget(self) -> None:
        """The PBX may have lost its members: the next change puts them in again."""
        self._inside.clear()

    async def make(self, desk: Desk, *, afresh: bool = False) -> None:
        """Make the PBX's member what the desk asks for. Raises CallControlError when it refused.

        `afresh`: put the member in again, whatever is known; else a known member is only paused or unpaused.
        """
        member, extension = desk.member, desk.extension
        if member is None:
            self._inside.discard(extension)
            for queue in self._queues_of(desk):
                await self._control.remove_member(queue, extension)
            return
        paused, reason = member
        if extension in self._inside and not afresh:
            try:
                await self._control.pause_member(extension, paused=paused, reason=reason)
            except CallControlError:
                self._inside.discard(extension)  # the PBX does not know the member: put it in
            else:
                return
        for queue in self._queues_of(desk):
            await self._control.add_member(queue, extension, paused=paused, reason=reason)
        # A member that was there already kept its old pause.
        await self._control.pause_member(extension, paused=paused, reason=reason)
        self._inside.add(extension)

    async def leave(self, extension: str, queues: tuple[str, ...]) -> None:
        """Take a phone out of queues. Raises CallControlError."""
        for queue in queues:
            await self._control.remove_member(queue, extension)

    async def ask_last(self, desk: Desk, now: datetime, length: timedelta) -> None:
        """Ask everybody else first for a while. Raises CallControlError."""
        if not length:
            return
        self._last_until[desk.extension] = now + length
        await self._penalise(desk, LAST)

    async def forgive(self, desk: Desk, now: datetime) -> None:
        """Take the penalty back when its time is over. Raises CallControlError; it is tried again later."""
        until = self._last_until.get(desk.extension)
        if until is not None and until <= now:
            await self._penalise(desk, 0)
            self._last_until.pop(desk.extension, None)

    async def _penalise(self, desk: Desk, extra: int) -> None:
        for queue in self._queues_of(desk):
            penalty = self.base_penalty(queue, desk.extension) + extra
            await self._control.set_penalty(queue, desk.extension, penalty)
