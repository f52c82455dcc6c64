"""CEL files → SQL. Owns the order: number to the identity store, rows and position in one transaction, call assembled.

CEL is the truth about legs, answers and ends. Must not know the journal (relay) or AMI.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

from calls.caller import Caller, CallerKind
from calls.cel import OUR_NUMBER_CONTEXTS, OWN_WHISPER, CelRow
from calls.events import Event
from calls.ports import Clock
from storage.call_assembly import assemble_many
from storage.cel_files import SOURCE_PREFIX, CelBatch, CelFiles
from storage.database import Database
from storage.read_positions import positions, store_position
from storage.tables import cel_rows
from storage.upsert import insert_or_ignore

_LOG: Final = logging.getLogger(__name__)
_CHANGING: Final = frozenset({"ANSWER", "BRIDGE_ENTER", "BRIDGE_EXIT", "APP_START", "USER_DEFINED", "LINKEDID_END"})
Publish = Callable[[Event], Awaitable[None]]
RememberCaller = Callable[[str], Awaitable[str]]
RememberCallers = Callable[[Iterable[str]], Awaitable[None]]


class CelReader:
    """Tails the CEL files of one Asterisk; run `step` by `storage.tailing.run_tail`."""

    def __init__(
        self,
        files: CelFiles,
        database: Database,
        remember_caller: RememberCaller,
        publish: Publish,
        clock: Clock,
        batch: int = 2000,
        remember_callers: RememberCallers | None = None,
    ) -> None:
        """`remember_caller`, `remember_callers`: of IdentityStore, the second one for a whole batch at once.

        `publish`: EventBus.publish.
        """
        self._files = files
        self._database = database
        self._remember_caller = remember_caller
        self._remember_callers = remember_callers
        self._publish = publish
        self._clock = clock
        self._batch = batch
        self._positions: dict[str, int] | None = None
        self.backlog_bytes = 0
        self.taken = 0
        """Rows that the last step stored."""

    async def step(self) -> bool:
        """Store the next rows; True when there may be more. Raises OSError (DatabaseDown) and keeps its place."""
        known = await self._known_positions()
        batch = await asyncio.to_thread(self._files.next_batch, known, self._batch)
        if batch is None:
            self.backlog_bytes = self.taken = 0
            return False
        callers = await self._callers_of(batch)
        events: list[Event] = []
        rows = [(offset, row) for offset, row in batch.rows if OWN_WHISPER.match(row.channel) is None]
        async with self._database.begin() as connection:
            values = [_values(batch.source, offset, row, callers) for offset, row in rows]
            for start in range(0, len(values), 100):  # SQLite bounds the number of parameters
                await insert_or_ignore(connection, cel_rows, values[start : start + 100])
            changed = {row.linkedid for _, row in rows if _changes_record(row)}
            for assembled in await assemble_many(connection, sorted(changed)):
                events += assembled.events(self._clock())
            await store_position(connection, batch.source, batch.position)
        known[batch.source] = batch.position
        self.taken = len(batch.rows)
        self.backlog_bytes = await asyncio.to_thread(self._files.unread_bytes, known)
        for event in events:
            await self._publish(event)
        return True

    async def catch_up(self) -> None:
        """Read all there is now: before the PBX's own account is compared (reconcile)."""
        while await self.step():
            pass

    async def _known_positions(self) -> dict[str, int]:
        if self._positions is None:
            async with self._database.read() as connection:
                self._positions = await positions(connection, SOURCE_PREFIX)
        return self._positions

    async def _callers_of(self, batch: CelBatch) -> dict[str, dict[str, str]]:
        """Return kind and token by channel, for the channels by which citizens came in."""
        callers = {
            row.uniqueid: Caller.parse(row.caller, inside=row.extension is not None)
            for _, row in batch.rows
            if row.event == "CHAN_START" and row.context in OUR_NUMBER_CONTEXTS
        }
        if self._remember_callers is not None:
            await self._remember_callers({one.number for one in callers.values() if one.kind is CallerKind.NUMBER})
        found: dict[str, dict[str, str]] = {}
        for uniqueid, caller in callers.items():
            found[uniqueid] = {"caller_kind": caller.kind.value}
            if caller.kind is CallerKind.NUMBER:
                found[uniqueid]["caller_token"] = await self._remember_caller(caller.number)
        return found


def _changes_record(row: CelRow) -> bool:
    """Tell whether the call's record is written anew for this row; what comes between shows with the next such row."""
    if row.event in {"CHAN_START", "CHAN_END"}:
        return row.uniqueid == row.linkedid
    return row.event in _CHANGING


def _values(source: str, offset: int, row: CelRow, callers: dict[str, dict[str, str]]) -> dict[str, Any]:
    data = dict(row.data)
    if row.event == "CHAN_START":
        data |= callers.get(row.uniqueid, {})
    return {
        "source": f"{source}:{offset}",
        "event": row.event,
        "at": row.at,
        "linkedid": row.linkedid,
        "uniqueid": row.uniqueid,
        "channel": row.channel,
        "data": data,
    }
