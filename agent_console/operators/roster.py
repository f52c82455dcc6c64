"""The roster: the one truth about every operator. What is asked for goes to the PBX first; what it accepted is stored.

Owns the desks, their order of changes (one at a time for each operator) and what is told to the pages. What a signal
means belongs to `states`, rows to `ledger`, queue members to `members`. While the database is down a state is kept in
memory and stored as soon as it is back, so that an operator can always pause.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from agent_console.dependencies import ConsoleDependencies
from agent_console.operators.desk import Desk, State, Wanted, told
from agent_console.operators.ledger import Ledger
from agent_console.operators.members import Members
from agent_console.operators.states import Limits, NoMoreTime, NotNow, Signal, apply, pass_time
from agent_console.problems import Problem
from calls.events import Event, EventType
from calls.ports import MemberNow
from storage.database import DatabaseDown
from storage.work_repository import WrappedUp

_LOG = logging.getLogger(__name__)
GONE, TIME_LIMIT, NEXT_CALL = "gone", "time_limit", "next_call"


class Roster:
    """Desks by extension."""

    def __init__(self, deps: ConsoleDependencies) -> None:
        self._deps = deps
        self.limits = Limits.of(deps.town.desk)
        self.ledger = Ledger(deps.database)
        self.members = Members(deps.call_control, self.queues_of, deps.clock)
        self._desks: dict[str, Desk] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    # What is known

    def desk(self, extension: str) -> Desk | None:
        """Return an operator's desk, None when they never came to work."""
        return self._desks.get(extension)

    def desks(self) -> tuple[Desk, ...]:
        """Return every desk, by extension."""
        return tuple(self._desks[extension] for extension in sorted(self._desks))

    def fault(self, extension: str) -> str:
        """Return what the PBX refused of this operator's present state; empty: nothing."""
        return self.members.fault(extension)

    def known_queues(self) -> tuple[str, ...]:
        """Return the names of the queues that callers wait in."""
        return tuple(queue.name for queue in self._deps.queues())

    def queues_of(self, desk: Desk) -> tuple[str, ...]:
        """Return the queues an operator takes calls of: those a supervisor gave, else the ones their skills give."""
        by_skill, known = self._deps.queues_of(desk.extension), self.known_queues()
        given = tuple(queue for queue in desk.queues if queue in known)
        return given + tuple(queue for queue in by_skill if queue not in known) if given else by_skill

    def shown_queues(self, extension: str) -> list[str]:
        """Return the queues an operator is told to be in: without the one for their own callers."""
        desk = self._desks.get(extension)
        mine = self.queues_of(desk) if desk is not None else self._deps.queues_of(extension)
        return [queue for queue in mine if queue in self.known_queues()]

    # What is asked for: the PBX first

    async def ask(
        self,
        extension: str,
        username: str,
        wanted: Wanted,
        *,
        at_console: bool | None = None,
        wraps_up: bool | None = None,
    ) -> Desk:
        """Change what an operator wants. Raises CallControlError (the PBX refused: nothing has changed)."""
        signal = {State.READY: Signal.READY, State.PAUSED: Signal.PAUSE, State.OFFLINE: Signal.OFFLINE}[wanted.state]
        async with self._turns[extension]:
            now = self._deps.clock()
            before = self._desks.get(extension)
            if before is not None and before.username != username and before.state is not State.OFFLINE:
                # Another account has this phone now: the session of the one before is over.
                gone = apply(replace(before, state=State.READY), Signal.OFFLINE, now, self.limits, wanted=Wanted())
                self._desks[extension] = self.ledger.moved(before, gone, now, end_reason="replaced")
                before = None
            desk = before or Desk(extension, username, State.OFFLINE, now)
            after = replace(desk, username=username)
            if at_console is not None:
                wraps = at_console if wraps_up is None else wraps_up
                after = replace(after, at_console=at_console, away=None, wraps_up=wraps)
            after = apply(after, signal, now, self.limits, wanted=wanted)
            await self.members.make(after, afresh=True)
            return await self._accept(before, after, now)

    async def set_queues(self, extension: str, queues: tuple[str, ...]) -> Desk:
        """Give an operator these queues from now on, at once. Raises CallControlError, Problem (never at work)."""
        async with self._turns[extension]:
            before = self._desks.get(extension)
            if before is None:
                raise Problem(404, "not_found", "this operator has never been at work", reason="never_worked")
            after = replace(before, queues=queues)
            if before.member is not None:
                await self.members.make(after, afresh=True)
                left = tuple(one for one in self.queues_of(before) if one not in self.queues_of(after))
                await self.members.leave(extension, left)
            return await self._accept(before, after, self._deps.clock())

    async def wrap_up(self, extension: str, signal: Signal) -> Desk:
        """End (OUTCOME) or lengthen (EXTEND) a wrap-up. Raises Problem, CallControlError."""
        async with self._turns[extension]:
            now, before = self._deps.clock(), self._desks.get(extension)
            if before is None:
                raise Problem(409, "conflict", "there is no wrap-up", reason="no_wrap_up")
            try:
                after = apply(before, signal, now, self.limits)
            except NoMoreTime as error:
                raise Problem(409, "conflict", str(error), reason="no_more_time") from error
            except NotNow as error:
                raise Problem(409, "conflict", str(error), reason="no_wrap_up") from error
            if after.member != before.member:
                await self.members.make(after)
            return await self._accept(before, after, now)

    # What has happened: it is true whatever the PBX says; the member follows

    async def tell(self, extension: str, signal: Signal, at: datetime, **facts: object) -> None:
        """Take in a fact; one that means nothing now is let be."""
        async with self._turns[extension]:
            before = self._desks.get(extension)
            if before is None:
                return
            try:
                after = apply(before, signal, at, self.limits, **facts)
            except NotNow:
                return
            await self._happened(before, after, max(at, before.since), signal)

    async def pass_time(self, extension: str, now: datetime) -> None:
        """End what has run out, each at its own moment."""
        if self._turns[extension].locked():
            return  # something is being asked of the PBX: look again later
        async with self._turns[extension]:
            before = self._desks[extension]
            for moment, after in pass_time(before, now, self.limits):
                await self._happened(self._desks[extension], after, moment, Signal.TIME_UP)
            if self.members.to_try_again(extension, now):
                await self.members.follow(self._desks[extension], afresh=True)
                if not self.fault(extension):
                    await self._publish(self._desks[extension])

    async def _happened(self, before: Desk, after: Desk, at: datetime, signal: Signal) -> None:
        owed = before.owes_outcome_of
        given_back = after.state is State.TALKING and after.linkedid == owed
        if owed and owed != after.owes_outcome_of and not given_back:
            how = NEXT_CALL if signal is Signal.ANSWER else GONE if before.away else TIME_LIMIT
            self.ledger.wrapped_up(WrappedUp(owed, before.extension, before.username, "", "", at, how))
        if after.member != before.member:
            await self.members.follow(after)
        # Who has just hung up must be paused before the next call rings: nobody waits here for another one's row.
        await self._accept(before, after, at, save=False)

    async def _accept(self, before: Desk | None, after: Desk, at: datetime, *, save: bool = True) -> Desk:
        if before == after:
            return after
        reason = after.wanted.reason or State.OFFLINE.value
        stored = self.ledger.moved(before, after, at, end_reason=reason)
        self._desks[after.extension] = stored
        if save:
            await self.ledger.save()
        else:
            self.ledger.to_save.set()
        await self._publish(stored)
        return stored

    async def _publish(self, desk: Desk) -> None:
        data = told(desk, self.fault(desk.extension))
        await self._deps.bus.publish(Event(EventType.OPERATOR_CHANGED, self._deps.clock(), data))

    # After a restart of anything

    async def load(self) -> None:
        """Read the stored desks. Raises DatabaseDown."""
        stored = await self.ledger.load()
        self._desks = stored | self._desks  # this process alone changes them

    async def restore(self) -> tuple[str, ...]:
        """Put every operator back into the queues as they are; return the extensions that the PBX refused.

        Call it at start-up and after every (re)connection to the PBX. Offline operators are taken out.
        """
        try:
            await self.load()
        except DatabaseDown as error:
            _LOG.warning("roster restored from memory: %s", error)
        self.members.forget()
        for desk in self.desks():
            async with self._turns[desk.extension]:
                had = self.fault(desk.extension)
                # Skills may have changed with the town's folder: out of the queues that ask for others.
                others = set(self.known_queues()) - set(self.queues_of(desk))
                await self.members.leave_if_possible(desk.extension, sorted(others))
                await self.members.follow(self._desks[desk.extension], afresh=True)
                if self.fault(desk.extension) != had:
                    await self._publish(self._desks[desk.extension])
        return self.members.faulty()

    async def tell_everybody(self) -> None:
        """Say of every operator what they do: pages that were drawn before this process knew are drawn anew."""
        for desk in self.desks():
            await self._publish(desk)

    async def mend(self, extension: str, members: Sequence[MemberNow], *, force: bool = False) -> bool:
        """Put a member right that the PBX has otherwise than it must be (or anyway); say whether anything was done."""
        async with self._turns[extension]:
            return await self.members.mend(self._desks[extension], members, self.known_queues(), force=force)
