"""Queue members at the PBX: makes them what an operator's desk asks for. Every answer of the PBX is checked.

Owns which phones are known to be in their queues, what the PBX refused, and who comes last after an unanswered call.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from agent_console.operators.desk import Desk
from calls.ports import CallControl, CallControlError, Clock, MemberNow

_LOG = logging.getLogger(__name__)
_TRY_AGAIN: Final = timedelta(seconds=5)
LAST: Final = 100
"""Penalty added to whoever has just let a call ring: everybody else is asked first."""


class Members:
    """`queues_of`: the queues of a desk. `base_penalty`: of (queue, extension), 0 where nobody says otherwise."""

    def __init__(self, control: CallControl, queues_of: Callable[[Desk], tuple[str, ...]], clock: Clock) -> None:
        self._control = control
        self._queues_of = queues_of
        self._clock = clock
        self._refused: dict[str, tuple[str, datetime]] = {}
        self._inside: set[str] = set()
        self._last_until: dict[str, datetime] = {}
        self.base_penalty: Callable[[str, str], int] = lambda queue, extension: 0

    def fault(self, extension: str) -> str:
        """Return what the PBX refused of this operator's present state; empty: nothing."""
        return self._refused.get(extension, ("", None))[0]

    def faulty(self) -> tuple[str, ...]:
        """Return the extensions of which the PBX refused something."""
        return tuple(sorted(self._refused))

    def to_try_again(self, extension: str, now: datetime) -> bool:
        """Say whether what was refused is to be asked for once more."""
        return extension in self._refused and self._refused[extension][1] <= now

    def forget(self) -> None:
        """The PBX may have lost its members: the next change puts them in again."""
        self._inside.clear()

    async def make(self, desk: Desk, *, afresh: bool = False) -> None:
        """Make the PBX's member what the desk asks for. Raises CallControlError when it refused.

        `afresh`: put the member in again, whatever is known; else a known member is only paused or unpaused.
        """
        await self._make(desk, afresh)
        self._refused.pop(desk.extension, None)

    async def follow(self, desk: Desk, *, afresh: bool = False) -> None:
        """As `make`, for what is true whatever the PBX says: a refusal is kept as a fault and tried again."""
        try:
            await self.make(desk, afresh=afresh)
        except CallControlError as error:
            _LOG.error("operator %s is %s, but the PBX refused it: %s", desk.extension, desk.state, error)
            self._refused[desk.extension] = (str(error), self._clock() + _TRY_AGAIN)

    async def _make(self, desk: Desk, afresh: bool) -> None:
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

    async def leave(self, extension: str, queues: Iterable[str]) -> None:
        """Take a phone out of queues. Raises CallControlError."""
        for queue in queues:
            await self._control.remove_member(queue, extension)

    async def leave_if_possible(self, extension: str, queues: Iterable[str]) -> None:
        """As `leave`; the next comparison tries again what the PBX refuses."""
        with contextlib.suppress(CallControlError):
            await self.leave(extension, queues)

    async def mend(
        self, desk: Desk, members: Sequence[MemberNow], known: Collection[str], *, force: bool = False
    ) -> bool:
        """Put a member right that the PBX has otherwise than it must be (or anyway); say whether anything was done.

        `known`: the queues that callers wait in.
        """
        extension, member = desk.extension, desk.member
        found = {one.queue: one.paused for one in members if one.extension == extension}
        must = dict.fromkeys(self._queues_of(desk), member[0]) if member is not None else {}
        found = {queue: paused for queue, paused in found.items() if queue in {*must, *known}}
        if found == must and not force:
            return False
        _LOG.warning("operator %s must be %s in the queue, the PBX has %s: mended", extension, must, found)
        await self.follow(desk, afresh=True)
        await self.leave_if_possible(extension, [queue for queue in found if queue not in must])
        return True

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
