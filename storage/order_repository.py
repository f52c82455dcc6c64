"""Orders to crews and their attempts in SQL. Owns their states; must not know how an order is spoken (dispatch/).

An order and its outbox row are made in one transaction: an order that nobody will send cannot exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from calls.ids import CaseNumber
from cases.order_reasons import OrderReason
from storage import outbox_repository
from storage.tables import order_attempts, orders
from storage.upsert import insert_or_ignore

OPEN_STATES: Final = ("pending", "calling")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order; `text`: one sentence per line. States: pending, calling, acknowledged, handed_over, failed."""

    id: str
    case_number: str
    organisation: str
    crew: str
    language: str
    text: str
    state: str
    created_at: datetime
    created_by: str
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAttempt:
    """One try. Paths: radio, crew_phone, duty_phone. Outcomes: see cases.ladder.AttemptOutcome; NULL while it runs.

    `reason`: a cases.order_reasons.OrderReason where the outcome does not say enough, `sip_code` with it; `detail`: the
    program's own words.
    """

    order_id: str
    number: int
    path: str
    target: str
    started_at: datetime
    ended_at: datetime | None = None
    outcome: str | None = None
    keys: str | None = None
    recording: str | None = None
    detail: str | None = None
    reason: str | None = None
    sip_code: int | None = None


async def create(
    connection: AsyncConnection,
    *,
    order_id: str,
    case_number: CaseNumber,
    organisation: str,
    crew: str,
    language: str,
    sentences: Sequence[str],
    created_by: str,
    now: datetime,
    idempotency_key: str,
) -> Order:
    """Store an order and its outbox row; the same key again gives the order that is there and sends nothing twice."""
    values = {
        "id": order_id,
        "case_number": case_number.digits,
        "organisation": organisation,
        "crew": crew,
        "language": language,
        "text": "\n".join(sentences),
        "state": "pending",
        "created_at": now,
        "created_by": created_by,
        "idempotency_key": idempotency_key,
    }
    if await insert_or_ignore(connection, orders, values):
        await outbox_repository.put(
            connection,
            kind="order",
            recipient=f"{organisation}/{crew}",
            payload={"order": order_id},
            idempotency_key=f"order:{order_id}",
            now=now,
        )
    found = select(orders).where(orders.c.idempotency_key == idempotency_key)
    return Order(**(await connection.execute(found)).mappings().one())


async def get(connection: AsyncConnection, order_id: str) -> Order | None:
    """Return the order, or None."""
    row = (await connection.execute(select(orders).where(orders.c.id == order_id))).mappings().first()
    return None if row is None else Order(**row)


async def attempts(connection: AsyncConnection, order_id: str) -> list[OrderAttempt]:
    """Return the order's attempts, first one first."""
    columns = [order_attempts.c[name] for name in OrderAttempt.__slots__]
    wanted = select(*columns).where(order_attempts.c.order_id == order_id).order_by(order_attempts.c.number)
    return [OrderAttempt(**row) for row in (await connection.execute(wanted)).mappings()]


async def start_attempt(
    connection: AsyncConnection, order_id: str, *, path: str, target: str, now: datetime, recording: str | None = None
) -> OrderAttempt:
    """Store that a try begins, before anything rings; it has the next number."""
    last = select(func.max(order_attempts.c.number)).where(order_attempts.c.order_id == order_id)
    number = int((await connection.execute(last)).scalar() or 0) + 1
    attempt = OrderAttempt(
        order_id=order_id, number=number, path=path, target=target, started_at=now, recording=recording
    )
    values = {name: getattr(attempt, name) for name in OrderAttempt.__slots__}
    await connection.execute(order_attempts.insert().values(values))
    await connection.execute(update(orders).where(orders.c.id == order_id).values(state="calling"))
    return attempt


async def end_attempt(
    connection: AsyncConnection,
    order_id: str,
    number: int,
    *,
    outcome: str,
    now: datetime,
    keys: str = "",
    detail: str = "",
    reason: OrderReason | None = None,
    sip_code: int | None = None,
    recording: str | None = None,
) -> bool:
    """Store how a try ended; False when it was ended already (the first word counts)."""
    mine = (order_attempts.c.order_id == order_id, order_attempts.c.number == number)
    values: dict[str, object] = {"outcome": outcome, "ended_at": now, "keys": keys, "detail": detail}
    values |= {"reason": None if reason is None else reason.value, "sip_code": sip_code}
    if recording is not None:
        values["recording"] = recording
    open_one = update(order_attempts).where(*mine, order_attempts.c.outcome.is_(None))
    return (await connection.execute(open_one.values(values))).rowcount == 1


async def close_broken_attempts(connection: AsyncConnection, order_id: str, now: datetime) -> int:
    """End attempts that a killed worker left open as `failed`; return how many."""
    wanted = update(order_attempts).where(order_attempts.c.order_id == order_id, order_attempts.c.outcome.is_(None))
    values: dict[str, object] = {"outcome": "failed", "ended_at": now, "detail": "the sender was restarted"}
    values["reason"] = OrderReason.INTERRUPTED.value
    return (await connection.execute(wanted.values(values))).rowcount


async def set_state(
    connection: AsyncConnection, order_id: str, state: str, *, now: datetime, acknowledged_by: str | None = None
) -> bool:
    """Change the order's state; False when it is acknowledged already, which nothing takes back."""
    values: dict[str, object] = {"state": state}
    if state == "acknowledged":
        values |= {"acknowledged_at": now, "acknowledged_by": acknowledged_by or ""}
    wanted = update(orders).where(orders.c.id == order_id, orders.c.state != "acknowledged")
    return (await connection.execute(wanted.values(values))).rowcount == 1


async def of_case(connection: AsyncConnection, number: CaseNumber) -> list[Order]:
    """Return the orders of a case, oldest first."""
    wanted = select(orders).where(orders.c.case_number == number.digits).order_by(orders.c.created_at)
    return [Order(**row) for row in (await connection.execute(wanted)).mappings()]


async def pending(connection: AsyncConnection, limit: int = 100) -> list[Order]:
    """Return orders that nobody has taken yet, oldest first."""
    wanted = select(orders).where(orders.c.state.in_(OPEN_STATES)).order_by(orders.c.created_at).limit(limit)
    return [Order(**row) for row in (await connection.execute(wanted)).mappings()]


async def failed(connection: AsyncConnection, limit: int = 100) -> list[Order]:
    """Return orders that reached nobody, newest first."""
    wanted = select(orders).where(orders.c.state == "failed").order_by(orders.c.created_at.desc()).limit(limit)
    return [Order(**row) for row in (await connection.execute(wanted)).mappings()]
