"""The outbox: one row for each thing that must reach someone. Owns leases, retries and the dead-letter alarm.

A worker takes due rows with a lease; a worker that dies lets the lease run out and another takes them. Delivery is
therefore at least once, and each sender must be idempotent by `idempotency_key`. A row is never deleted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from calls.alarms import AlarmKind, alarm_id
from storage.alarm_repository import raise_alarm
from storage.tables import outbox
from storage.upsert import insert_or_ignore

FIRST_RETRY: Final = timedelta(seconds=5)
LONGEST_RETRY: Final = timedelta(minutes=10)
MAX_ATTEMPTS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """Something to send. Kinds: order, notification, callback, hand_over. States: pending, sending, delivered, dead."""

    id: int
    kind: str
    recipient: str
    payload: dict[str, Any]
    state: str
    attempts: int
    created_at: datetime
    next_attempt_at: datetime
    taken_until: datetime | None
    delivered_at: datetime | None
    last_error: str | None
    idempotency_key: str


async def put(
    connection: AsyncConnection,
    *,
    kind: str,
    recipient: str,
    payload: Mapping[str, Any],
    idempotency_key: str,
    now: datetime,
    not_before: datetime | None = None,
) -> bool:
    """Add a row in the caller's transaction; False when the key is there already."""
    values = {
        "kind": kind,
        "recipient": recipient,
        "payload": dict(payload),
        "state": "pending",
        "attempts": 0,
        "created_at": now,
        "next_attempt_at": not_before or now,
        "idempotency_key": idempotency_key,
    }
    return bool(await insert_or_ignore(connection, outbox, values))


async def take_due(
    connection: AsyncConnection, kind: str, *, now: datetime, lease: timedelta, limit: int = 10
) -> list[OutboxRow]:
    """Take due rows for `lease`; rows whose earlier lease ran out are due again. `attempts` counts this taking."""
    due = (
        select(outbox.c.id)
        .where(
            outbox.c.kind == kind,
            or_(
                (outbox.c.state == "pending") & (outbox.c.next_attempt_at <= now),
                (outbox.c.state == "sending") & (outbox.c.taken_until < now),
            ),
        )
        .order_by(outbox.c.next_attempt_at, outbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list((await connection.execute(due)).scalars())
    if not ids:
        return []
    taken = {"state": "sending", "taken_until": now + lease, "attempts": outbox.c.attempts + 1}
    await connection.execute(update(outbox).where(outbox.c.id.in_(ids)).values(taken))
    rows = await connection.execute(select(outbox).where(outbox.c.id.in_(ids)).order_by(outbox.c.id))
    return [OutboxRow(**row) for row in rows.mappings()]


async def renew(connection: AsyncConnection, row: OutboxRow, *, now: datetime, lease: timedelta) -> bool:
    """Lengthen the lease of a row that is still being sent; False when another worker has it by now: stop sending."""
    mine = (outbox.c.id == row.id, outbox.c.state == "sending", outbox.c.attempts == row.attempts)
    return (await connection.execute(update(outbox).where(*mine).values(taken_until=now + lease))).rowcount == 1


async def delivered(connection: AsyncConnection, row_id: int, now: datetime) -> None:
    """Mark a row as having reached its recipient."""
    values = {"state": "delivered", "delivered_at": now, "taken_until": None, "last_error": None}
    await connection.execute(update(outbox).where(outbox.c.id == row_id).values(values))


async def delivered_by_key(connection: AsyncConnection, idempotency_key: str, now: datetime) -> None:
    """Mark the row of an idempotency key as having reached its recipient."""
    values = {"state": "delivered", "delivered_at": now, "taken_until": None, "last_error": None}
    await connection.execute(update(outbox).where(outbox.c.idempotency_key == idempotency_key).values(values))


async def retry(
    connection: AsyncConnection, row: OutboxRow, *, error: str, now: datetime, not_before: datetime | None = None
) -> bool:
    """Give a row back after a failure, later each time; True when it died of too many and an alarm was raised.

    `not_before` overrides the back-off and does not count towards the limit (the plan says when, not a failure).
    """
    if not_before is None and row.attempts >= MAX_ATTEMPTS:
        await bury(connection, row, error=error, now=now)
        return True
    pause = min(FIRST_RETRY * 2 ** min(row.attempts - 1, 16), LONGEST_RETRY)
    values = {"state": "pending", "next_attempt_at": not_before or now + pause, "taken_until": None}
    if not_before is not None:
        values["attempts"] = max(row.attempts - 1, 0)
    await connection.execute(update(outbox).where(outbox.c.id == row.id).values(values | {"last_error": error}))
    return False


async def bury(connection: AsyncConnection, row: OutboxRow, *, error: str, now: datetime) -> None:
    """Make a row a dead letter and raise the alarm that gets a person."""
    values = {"state": "dead", "taken_until": None, "last_error": error}
    await connection.execute(update(outbox).where(outbox.c.id == row.id).values(values))
    await raise_alarm(
        connection,
        alarm_id(AlarmKind.DEAD_LETTER, row.id),
        level="critical",
        text=f"{row.kind} for {row.recipient} was not delivered: {error}",
        mend="Reach the recipient by telephone, then clear this alarm.",
        data={"recipient": row.recipient},
        now=now,
    )


async def backlog(connection: AsyncConnection, now: datetime) -> tuple[int, float]:
    """Return how many rows are not delivered yet and the age in seconds of the oldest that is due."""
    waiting = outbox.c.state.in_(("pending", "sending"))
    count, oldest = (
        await connection.execute(
            select(func.count(), func.min(outbox.c.next_attempt_at)).select_from(outbox).where(waiting)
        )
    ).one()
    return count, 0.0 if oldest is None else max((now - oldest).total_seconds(), 0.0)
