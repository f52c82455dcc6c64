"""Keeps a place in the queue for every citizen who is to be called back, until reached or handed to a person.

Owns when a call of ours is placed in the queue and when it is taken out. Whether the citizen may be rung is decided by
the lock in `storage.callback_repository` at the moment when an operator is reached: so nobody is dialled twice, and
never more citizens than there are free operators. Rows survive any restart; after one, the places are taken again in
the order of the first wait.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from agent_console.dependencies import ConsoleDependencies
from calls.channel_variables import CALLBACK, LANGUAGE, PRIORITY, QUEUE, QUEUED_AT
from calls.ids import LinkedId
from calls.ports import CallControlError, PbxSnapshot
from cases.callbacks import Callback as Rules
from cases.callbacks import allowed, next_try
from storage import callback_repository
from storage.call_assembly import assemble
from storage.callback_repository import DIALLING, WAITING, Callback
from storage.database import DatabaseDown

_LOG = logging.getLogger(__name__)
_STEP: Final = 1.0
_HOLD: Final = re.compile(r"^Local/cb(\d+)@callback-hold-")
_LONGEST_HOLD_S: Final = 6 * 3600.0
_MOST_HOLDS: Final = 50
_APPEARS_WITHIN: Final = timedelta(seconds=10)
_PAUSE: Final = timedelta(seconds=15)
"""Between two calls of ours for one citizen, whatever ended the first: an operator is not rung in a storm."""
_REACHABLE: Final = frozenset({"not_in_use", "in_use", "busy", "ringing", "ring_in_use", "on_hold"})


class CallbackKeeper:
    """Run `run()` for the life of the console."""

    def __init__(self, deps: ConsoleDependencies, rules: Callable[[], Rules | None]) -> None:
        """`rules`: the town's, as of now; None: nobody is called back any more, and what is open goes to people."""
        self._deps = deps
        self._rules = rules
        self._placing: dict[int, asyncio.Task[None]] = {}
        self._placed_at: dict[int, float] = {}
        self._loop_time = asyncio.get_running_loop().time

    async def run(self) -> None:
        """Keep the places, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                try:
                    await self.step(tasks)
                except (DatabaseDown, CallControlError, OSError) as error:
                    _LOG.warning("callbacks wait: %s", error)
                await asyncio.sleep(_STEP)

    async def step(self, tasks: asyncio.TaskGroup) -> None:
        """Agree with the rows and the PBX once. Raises DatabaseDown, CallControlError."""
        now = self._deps.clock()
        rules = self._rules()
        async with self._deps.database.read() as connection:
            found = await callback_repository.open_callbacks(connection)
        if not found and not self._placing:
            return
        async with self._deps.database.begin() as connection:
            await callback_repository.cancel_those_who_called_again(connection, now)
            found = await callback_repository.open_callbacks(connection)
            for one in found:
                if one.state == WAITING and (rules is None or callback_repository.is_too_old(one, now)):
                    await self._give_up(connection, one, only_from=WAITING)
                elif one.state == DIALLING:
                    await self._settle(connection, one, rules)
            found = await callback_repository.open_callbacks(connection)
        snapshot = await self._deps.call_control.snapshot()
        holds = holds_in(snapshot)
        async with self._deps.database.read() as connection:
            over = await callback_repository.taken_back(connection, sorted(holds))
        for callback_id in over:
            await self._deps.call_control.hang_up(LinkedId(holds[callback_id]))
        if rules is not None:
            self._place_those_without(found, snapshot, holds, rules, tasks)

    def _place_those_without(
        self,
        found: Sequence[Callback],
        snapshot: PbxSnapshot,
        holds: dict[int, str],
        rules: Rules,
        tasks: asyncio.TaskGroup,
    ) -> None:
        now, clock = self._loop_time(), self._deps.clock()
        self._placed_at = {key: at for key, at in self._placed_at.items() if now - at < _PAUSE.total_seconds()}
        for key, task in list(self._placing.items()):
            gone = key not in holds and now - self._placed_at.get(key, 0.0) > _APPEARS_WITHIN.total_seconds()
            if task.done() or gone:
                task.cancel()
                del self._placing[key]
        staffed = {one.queue for one in snapshot.members if one.device in _REACHABLE}
        for one in found:
            held = one.id in holds or one.id in self._placing or one.id in self._placed_at
            if one.state != WAITING or held or one.next_at > clock or one.queue not in staffed:
                continue
            if len(holds) + len(self._placing) >= _MOST_HOLDS:
                return
            self._placed_at[one.id] = now
            self._placing[one.id] = tasks.create_task(self._hold(one, rules))

    async def _hold(self, one: Callback, rules: Rules) -> None:
        """Stand in the queue for one citizen until an operator answers. Never raises: the row stays, its turn comes."""
        try:
            number = await self._deps.identity.number_of(one.caller_token)
            if number is None or not allowed(number, rules.numbers):
                _LOG.error("callback %d: its number may not be called (any more)", one.id)
                async with self._deps.database.begin() as connection:
                    await self._give_up(connection, one, only_from=WAITING)
                return
            await self._deps.call_control.originate(
                endpoint=f"Local/cb{one.id}@callback-hold/n",
                context="callback-out",
                extension=number,
                variables={
                    CALLBACK: str(one.id),
                    QUEUE: one.queue,
                    LANGUAGE: one.language,
                    QUEUED_AT: str(int(one.queued_at.timestamp())),
                    PRIORITY: str(one.priority),
                },
                caller_id=f"<{number}>",
                timeout=_LONGEST_HOLD_S,
            )
        except (CallControlError, OSError) as error:
            _LOG.info("callback %d lost its place and takes it again: %s", one.id, error)

    async def _settle(self, connection: AsyncConnection, one: Callback, rules: Rules | None) -> None:
        trunk = rules.trunk if rules is not None else ""
        now = self._deps.clock()
        was_reached = await callback_repository.reached(connection, one, trunk, now)
        if was_reached is None:
            return
        if was_reached:
            await callback_repository.end(connection, one.id, "done", "reached", now, only_from=DIALLING)
            return
        again = None
        if rules is not None:
            retry = timedelta(minutes=rules.retry_minutes)
            again = next_try(one.attempts, rules.attempts, one.asked_at, now, retry)
        if again is None:
            await self._give_up(connection, one, only_from=DIALLING)
        else:
            await callback_repository.try_again(connection, one.id, again)

    async def _give_up(self, connection: AsyncConnection, one: Callback, *, only_from: str) -> None:
        if await callback_repository.give_up(connection, one, self._deps.clock(), only_from=only_from):
            await assemble(connection, one.linkedid)


def holds_in(snapshot: PbxSnapshot) -> dict[int, str]:
    """Return callback → the call of ours that stands in the queue for it."""
    found = ((_HOLD.match(channel.name), channel.linkedid) for channel in snapshot.channels)
    return {int(match[1]): linkedid for match, linkedid in found if match is not None}
