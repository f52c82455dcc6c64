"""What an order means for its case: the timeline's lines and the status, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from calls.events import Event, EventType
from calls.ids import CaseNumber
from cases.lifecycle import IllegalTransition, Role, Status, check_transition
from dispatch.reading import AttemptResult
from storage import case_repository
from storage.order_repository import Order, OrderAttempt

ACTOR = "dispatch"


async def note_attempt(
    connection: AsyncConnection,
    order: Order,
    attempt: OrderAttempt,
    result: AttemptResult,
    recording: str | None,
    now: datetime,
) -> bool:
    """Write the line of one try; False when it is there already."""
    data = {
        "order": order.id,
        "attempt": attempt.number,
        "path": attempt.path,
        "outcome": result.outcome.value,
        "keys": result.keys,
        "recording": recording,
        "why": None if result.reason is None else result.reason.value,
        "sip_code": result.sip_code,
    }
    source = f"order:{order.id}:{attempt.number}"
    number = CaseNumber(order.case_number)
    return await case_repository.add_event(
        connection, number, at=now, kind="order", actor=ACTOR, data=data, source=source
    )


async def change_status(
    connection: AsyncConnection, order: Order, target: Status, data: Mapping[str, str], now: datetime
) -> list[Event]:
    """Change the case's status where the lifecycle allows it; the line on the timeline is written in any case.

    Return what to publish once the transaction is committed.
    """
    number = CaseNumber(order.case_number)
    source = f"order:{order.id}:{data['state']}"
    case = await case_repository.get(connection, number)
    if case is None:
        return []
    try:
        check_transition(case.status, target, Role.SYSTEM, data.get("reason", ""))
    except IllegalTransition:
        await case_repository.add_event(connection, number, at=now, kind="order", actor=ACTOR, data=data, source=source)
        return []
    await case_repository.update_case(
        connection,
        number,
        version=case.version,
        changes={"status": target},
        actor=ACTOR,
        at=now,
        kind="transition",
        data={"from": case.status.value, "to": target.value, **data},
        source=source,
    )
    told = {"case": number.digits, "status": target.value, "event": "transition"}
    return [Event(EventType.CASE_CHANGED, now, told)]
