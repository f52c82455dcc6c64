"""The worker of orders: takes due ones, climbs the ladder one rung at a time, leaves nothing half done.

Owns which order is spoken when; must not know SIP or SQL. Killed in the middle, it loses at most one try: the lease
runs out, the open attempt is closed, and the ladder goes on. What was acknowledged is never spoken again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from calls.ids import CaseNumber
from cases.ladder import Attempt, AttemptOutcome, Failed, Ladder, OrderPath, Taken, next_step
from cases.order_reasons import OrderReason
from dispatch.order_records import OrderRecords
from dispatch.order_script import script_of
from dispatch.radio_path import RadioPath
from dispatch.reading import AttemptResult
from dispatch.telephone_path import TelephonePath
from storage import outbox_repository
from storage.order_repository import Order, OrderAttempt
from storage.outbox_repository import OutboxRow

_log = logging.getLogger(__name__)
_SAFE_ID: Final = re.compile(r"^[0-9A-Za-z][0-9A-Za-z_-]{0,31}$")
_ENDED: Final = ("acknowledged", "failed")
_LOOK_AGAIN: Final = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Pace:
    """Times of the worker, in seconds."""

    poll: float = 0.5
    lease: float = 30.0
    pause_after_outage: float = 2.0
    at_once: int = 4


class LeaseLost(Exception):
    """Another worker has the order by now."""


@dataclass(slots=True)
class OrderWorker:
    """Runs until cancelled. `radio` None: this machine has no SIP stack, the ladder goes on by telephone."""

    records: OrderRecords
    radio: RadioPath | None
    telephone: TelephonePath
    ladder_of: Callable[[str, str], Ladder]
    """(organisation, crew) → the targets. Raises LookupError for an unknown crew."""
    pace: Pace = field(default_factory=Pace)
    _radio_turn: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    _order_turn: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    _busy: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self) -> None:
        """Take due orders for ever. A database outage is waited out."""
        async with asyncio.TaskGroup() as group:
            while True:
                pause = self.pace.poll
                try:
                    await self.records.import_kept(self._is_busy)
                    free = self.pace.at_once - len(self._busy)
                    for row in await self.records.take_due(self._lease, free) if free > 0 else ():
                        task = group.create_task(self._guarded(row))
                        self._busy.add(task)
                        task.add_done_callback(self._busy.discard)
                except OSError as error:
                    _log.warning("orders wait: %s", error)
                    pause = self.pace.pause_after_outage
                await asyncio.sleep(pause)

    @property
    def _lease(self) -> timedelta:
        return timedelta(seconds=self.pace.lease)

    async def _guarded(self, row: OutboxRow) -> None:
        order_id = str(row.payload.get("order", ""))
        try:
            async with self._order_turn[order_id]:
                await self.process(row)
        except* (OSError, LeaseLost) as errors:
            _log.warning(
                "order %s: %s; it is taken up again when the lease has run out", order_id, errors.exceptions[0]
            )
        except* Exception:  # one broken order must not stop the others; after some takings it counts as failed
            _log.exception("order %s: it is taken up again when the lease has run out", order_id)

    def _is_busy(self, order_id: str) -> bool:
        return self._order_turn[order_id].locked()

    async def process(self, row: OutboxRow) -> None:
        """Do the next rungs of one order, until it is taken, has failed or must wait. Raises OSError, LeaseLost."""
        order_id = str(row.payload.get("order", ""))
        found = await self.records.order(order_id) if _SAFE_ID.match(order_id) else None
        if found is None:
            await self.records.drop(row, "the outbox row names no order")
            return
        order, attempts = found
        if row.attempts > outbox_repository.MAX_ATTEMPTS and order.state not in _ENDED:
            await self.records.fail(order, row, OrderReason.INTERRUPTED_OFTEN, "the sending broke off too often")
            return
        try:
            ladder = self.ladder_of(order.organisation, order.crew)
        except LookupError as error:
            await self.records.fail(order, row, OrderReason.UNKNOWN_CREW, f"unknown crew: {error}")
            return
        if any(attempt.outcome is None for attempt in attempts):
            if (wait := self._still_on_the_phone(attempts)) is not None:
                await self.records.postpone(row, wait)
                return
            await self.records.close_broken(order, attempts)
        while True:
            found = await self.records.order(order_id)
            if found is None:
                return
            order, attempts = found
            if order.state == "acknowledged":
                await self.records.finish(order, row, attempts)
                return
            now = self.records.clock()
            match next_step(attempts, now, ladder):
                case Taken():
                    await self.records.finish(order, row, attempts)
                    return
                case Failed(reason, made):
                    await self.records.fail(order, row, reason, f"{reason.replace('_', ' ')} after {made} tries")
                    return
                case Attempt() as step if step.not_before > now:
                    await self.records.postpone(row, step.not_before)
                    return
                case Attempt() as step:
                    await self._try(row, order, step)

    def _still_on_the_phone(self, attempts: list[OrderAttempt]) -> datetime | None:
        """Return when to look again at a telephone try that the PBX may still be reading out since we were killed."""
        now = self.records.clock()
        longest = timedelta(seconds=self.telephone.ring_time + self.telephone.call_time)
        for attempt in attempts:
            if attempt.outcome is None and attempt.path != OrderPath.RADIO and now < attempt.started_at + longest:
                return min(now + _LOOK_AGAIN, attempt.started_at + longest)
        return None

    async def _try(self, row: OutboxRow, order: Order, step: Attempt) -> None:
        """Make one try while the lease is kept alive."""
        turn = self._radio_turn[step.target] if step.path is OrderPath.RADIO else contextlib.nullcontext()
        async with asyncio.TaskGroup() as group:
            alive = group.create_task(self._keep_lease(row))
            async with turn:
                attempt = await self.records.begin(order, step)
                result, linkedid = await self._speak(order, attempt, step)
                await self.records.end(order, attempt, result, linkedid)
            alive.cancel()

    async def _speak(self, order: Order, attempt: OrderAttempt, step: Attempt) -> tuple[AttemptResult, str | None]:
        try:
            script = script_of(order.text, order.language)
        except ValueError as error:
            return AttemptResult(AttemptOutcome.FAILED, detail=str(error), reason=OrderReason.NO_TEXT), None
        if step.path is not OrderPath.RADIO:
            return await self.telephone.attempt(
                target=step.target, script=script, language=order.language, order=order.id, number=attempt.number
            )
        if self.radio is None:
            detail = "no SIP stack on this machine"
            return AttemptResult(AttemptOutcome.FAILED, detail=detail, reason=OrderReason.NO_RADIO_HERE), None
        recording = self.records.recording_path(attempt)
        await asyncio.to_thread(partial(recording.parent.mkdir, parents=True, exist_ok=True))
        result = await self.radio.attempt(
            target=step.target,
            script=script,
            language=order.language,
            case_number=CaseNumber(order.case_number),
            recording=recording,
            keep=partial(self.records.keep, attempt),
        )
        return result, None

    async def _keep_lease(self, row: OutboxRow) -> None:
        while True:
            await asyncio.sleep(self.pace.lease / 3)
            try:
                if not await self.records.renew(row, self._lease):
                    raise LeaseLost("another worker has it")
            except OSError as error:  # nobody else can take it either; the call goes on
                _log.warning("the lease of outbox row %d was not renewed: %s", row.id, error)
