"""What an order leaves in SQL: attempts, recordings, the case's timeline and status, alarms, live events.

Owns the transactions of a step; must not know how anybody is reached. Every write may be repeated without harm.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from calls.alarms import AlarmKind, alarm_id
from calls.events import Event, EventType
from calls.ids import CaseNumber
from calls.ports import Clock, EventBus
from cases.ladder import Attempt, AttemptOutcome, OrderPath
from cases.lifecycle import Status
from cases.order_reasons import OrderReason
from dispatch.ack_spool import AckSpool, KeptAnswer
from dispatch.order_case import change_status, note_attempt
from dispatch.reading import AttemptResult
from dispatch.wav_files import mend
from storage import alarm_repository, order_repository, outbox_repository, recording_repository
from storage.database import Database
from storage.order_repository import Order, OrderAttempt
from storage.outbox_repository import OutboxRow
from storage.recording_repository import Recording

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OrderRecords:
    """Writes of dispatch. `recordings` is the recordings folder."""

    database: Database
    bus: EventBus
    clock: Clock
    recordings: Path
    spool: AckSpool

    async def order(self, order_id: str) -> tuple[Order, list[OrderAttempt]] | None:
        """Return the order and its attempts, or None."""
        async with self.database.read() as connection:
            found = await order_repository.get(connection, order_id)
            return None if found is None else (found, await order_repository.attempts(connection, order_id))

    async def begin(self, order: Order, step: Attempt) -> OrderAttempt:
        """Store that a try begins, before anything rings."""
        async with self.database.begin() as connection:
            attempt = await order_repository.start_attempt(
                connection, order.id, path=step.path.value, target=step.target, now=self.clock()
            )
        await self._tell_order(order, "calling", step.path)
        return attempt

    async def keep(self, attempt: OrderAttempt, result: AttemptResult) -> None:
        """Make an answer durable before it is confirmed by voice. Raises OSError."""
        kept = KeptAnswer(attempt.order_id, attempt.number, result.outcome, result.keys, self.clock())
        await asyncio.to_thread(self.spool.keep, kept)

    def recording_path(self, attempt: OrderAttempt) -> Path:
        """Return where the try's audio goes: known from the attempt alone, so it is found again after a crash."""
        day = attempt.started_at.strftime("%Y-%m-%d")
        return self.recordings / "orders" / day / f"{_recording_id(attempt)}.wav"

    async def end(self, order: Order, attempt: OrderAttempt, result: AttemptResult, linkedid: str | None) -> None:
        """Store how a try ended, with its audio, on the case's timeline. The word stored first counts."""
        if result.detail:
            _log.warning(
                "order %s, try %d by %s: %s (%s)", order.id, attempt.number, attempt.path, result.outcome, result.detail
            )
        audio = None if linkedid is not None else await asyncio.to_thread(self._audio, attempt)
        events: list[Event] = []
        async with self.database.begin() as connection:
            if audio is not None:
                await recording_repository.add(connection, audio)
            await order_repository.end_attempt(
                connection,
                order.id,
                attempt.number,
                outcome=result.outcome.value,
                now=self.clock(),
                keys=result.keys[:32],
                detail=result.detail,
                reason=result.reason,
                sip_code=result.sip_code,
                recording=None if audio is None else audio.id,
            )
            recording = None if audio is None else audio.id
            await note_attempt(connection, order, attempt, result, recording, self.clock())
            if result.outcome is AttemptOutcome.ACKNOWLEDGED:
                events = await self._acknowledge(connection, order, attempt)
        await asyncio.to_thread(self.spool.drop, order.id, attempt.number)
        await self._publish(events)
        if result.outcome is AttemptOutcome.ACKNOWLEDGED:
            await self._tell_order(order, "acknowledged", attempt.path)

    async def import_kept(self, busy: Callable[[str], bool]) -> None:
        """Store the answers that a killed process, or an outage, left on the disk only; not those of calls going on."""
        for kept in await asyncio.to_thread(self.spool.kept):
            if busy(kept.order):
                continue
            found = await self.order(kept.order)
            attempt = None if found is None else next((a for a in found[1] if a.number == kept.attempt), None)
            if found is None or attempt is None:
                _log.error("a kept answer to an unknown order %s, attempt %d", kept.order, kept.attempt)
                continue
            result = AttemptResult(kept.outcome, kept.keys)
            if not attempt.outcome:
                result = replace(result, detail="imported after a restart", reason=OrderReason.TOLD_LATER)
            await self.end(found[0], attempt, result, None)

    async def close_broken(self, order: Order, attempts: list[OrderAttempt]) -> None:
        """End what a killed process left open, and link its audio."""
        for attempt in attempts:
            if attempt.outcome is None:
                detail = "the sender was restarted"
                result = AttemptResult(AttemptOutcome.FAILED, detail=detail, reason=OrderReason.INTERRUPTED)
                await self.end(order, attempt, result, None)

    async def finish(self, order: Order, row: OutboxRow, attempts: list[OrderAttempt]) -> None:
        """Close an acknowledged order: nothing more is sent."""
        taken = next((a for a in attempts if a.outcome == AttemptOutcome.ACKNOWLEDGED.value), None)
        events: list[Event] = []
        async with self.database.begin() as connection:
            if taken is not None:  # also where the relay, not we, stored the answer
                result = AttemptResult(AttemptOutcome.ACKNOWLEDGED, taken.keys or "")
                await note_attempt(connection, order, taken, result, taken.recording, self.clock())
                events = await self._acknowledge(connection, order, taken)
            await outbox_repository.delivered(connection, row.id, self.clock())
        await self._publish(events)
        await self._tell_order(order, "acknowledged", "" if taken is None else taken.path)

    async def fail(self, order: Order, row: OutboxRow, why: OrderReason, detail: str) -> None:
        """Nobody took it: the case says so, and a critical alarm gets a person. `detail`: in technical words."""
        alarm = alarm_id(AlarmKind.SEND_FAILED, order.id)
        case = str(CaseNumber(order.case_number))
        text = f"The order for case {case} was not delivered: nobody confirmed it."
        mend_text = "Call the crew or the person on duty by telephone and note on the case who took the order."
        now = self.clock()
        events: list[Event] = []
        async with self.database.begin() as connection:
            if await order_repository.set_state(connection, order.id, "failed", now=now):
                told = {"order": order.id, "state": "failed", "reason": detail, "why": why.value}
                events = await change_status(connection, order, Status.SEND_FAILED, told, now)
                await alarm_repository.raise_alarm(
                    connection, alarm, level="critical", text=text, mend=mend_text, data={"case": case}, now=now
                )
            await outbox_repository.bury(connection, row, error=detail, now=now)
            # One trouble, one alarm: ours names the order; the outbox's would be the same again.
            await alarm_repository.clear_alarm(connection, alarm_id(AlarmKind.DEAD_LETTER, row.id), now)
        await self._publish(events)
        await self._tell_order(order, "failed", "")
        data = {"id": alarm, "level": "critical", "text": text, "mend": mend_text, "active": True}
        await self.bus.publish(Event(EventType.ALARM, now, data))

    async def drop(self, row: OutboxRow, reason: str) -> None:
        """Bury a row that can never be sent."""
        async with self.database.begin() as connection:
            await outbox_repository.bury(connection, row, error=reason, now=self.clock())

    async def postpone(self, row: OutboxRow, until: datetime) -> None:
        """Give the row back; the ladder says when it goes on."""
        async with self.database.begin() as connection:
            await outbox_repository.retry(connection, row, error="", now=self.clock(), not_before=until)

    async def renew(self, row: OutboxRow, lease: timedelta) -> bool:
        """Lengthen the lease; False when another worker has the row."""
        async with self.database.begin() as connection:
            return await outbox_repository.renew(connection, row, now=self.clock(), lease=lease)

    async def take_due(self, lease: timedelta, limit: int) -> list[OutboxRow]:
        """Take due orders. An idle round only reads, so that polling never stands in a writer's way."""
        async with self.database.read() as connection:
            waiting, _age = await outbox_repository.backlog(connection, self.clock())
        if not waiting:
            return []
        async with self.database.begin() as connection:
            return await outbox_repository.take_due(connection, "order", now=self.clock(), lease=lease, limit=limit)

    async def _acknowledge(self, connection: AsyncConnection, order: Order, attempt: OrderAttempt) -> list[Event]:
        by = "duty" if attempt.path == OrderPath.DUTY_PHONE.value else order.crew
        now = self.clock()
        if not await order_repository.set_state(connection, order.id, "acknowledged", now=now, acknowledged_by=by):
            return []
        data = {"order": order.id, "state": "acknowledged", "path": attempt.path, "by": by}
        await alarm_repository.clear_alarm(connection, alarm_id(AlarmKind.SEND_FAILED, order.id), now)
        return await change_status(connection, order, Status.IN_PROGRESS, data, now)

    def _audio(self, attempt: OrderAttempt) -> Recording | None:
        """Return the try's recording, mended when its writer was killed; the empty file of an unanswered call goes."""
        path = self.recording_path(attempt)
        try:
            seconds = mend(path)
            if not seconds:
                path.unlink()
                return None
            size = path.stat().st_size
        except FileNotFoundError:
            return None
        except OSError as error:
            _log.warning("recording of order %s, attempt %d: %s", attempt.order_id, attempt.number, error)
            return None
        return Recording(
            id=_recording_id(attempt),
            linkedid=attempt.order_id,
            path=str(path.relative_to(self.recordings)),
            kind="order",
            started_at=attempt.started_at,
            state="complete",
            seconds=seconds,
            bytes=size,
        )

    async def _publish(self, events: list[Event]) -> None:
        for event in events:
            await self.bus.publish(event)

    async def _tell_order(self, order: Order, state: str, path: str) -> None:
        data = {"order": order.id, "case": order.case_number, "state": state, "path": str(path)}
        await self.bus.publish(Event(EventType.ORDER_CHANGED, self.clock(), data))


def _recording_id(attempt: OrderAttempt) -> str:
    return f"order-{attempt.order_id}-{attempt.number}"
