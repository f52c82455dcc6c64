"""Orders from the desk: sentences made of the town's words, the order and its outbox row in one transaction.

Owns what an order from the console says and what state the case takes. It is spoken by `dispatch/`, not here.
"""

from __future__ import annotations

import hashlib

from agent_console.cases.schemas import AttemptShape, OrderIn, OrderShape
from agent_console.cases.service import tell
from agent_console.cases.steps import check_step
from agent_console.dependencies import ConsoleDependencies
from agent_console.problems import Problem, not_found, not_listed
from calls.events import Event, EventType
from calls.ids import CaseNumber
from cases.case import Case
from cases.lifecycle import Status
from cases.order_text import Hazard, OrderFacts, Priority, spoken_order
from storage import audit_repository, case_repository, order_repository
from storage.order_repository import Order, OrderAttempt
from storage.user_repository import User


def shape(order: Order, attempts: list[OrderAttempt]) -> OrderShape:
    """Return an order with its tries."""
    return OrderShape(
        **{name: getattr(order, name) for name in OrderShape.model_fields if name != "attempts"},
        attempts=[AttemptShape(**{name: getattr(one, name) for name in AttemptShape.model_fields}) for one in attempts],
    )


async def send_order(
    deps: ConsoleDependencies, number: CaseNumber, wanted: OrderIn, user: User, idempotency_key: str
) -> OrderShape:
    """Store an order to be spoken. The same key again returns the same order. Raises Problem."""
    now = deps.clock()
    async with deps.database.begin() as connection:
        case = await case_repository.get(connection, number)
        if case is None:
            raise not_found("this case", "no_case")
        organisation, crew, language = _recipient(deps, case, wanted)
        check_step(case.status, Status.ORDERED, user.role)
        service = deps.town.service(case.service_code)
        facts = OrderFacts(
            case_number=number,
            service_name=service.name(language) if service else "",
            street=case.street,
            house_number=case.house_number,
            priority=Priority.URGENT if wanted.urgent else Priority.NORMAL,
            hazards=[Hazard(one) for one in wanted.hazards],
        )
        key = hashlib.sha256(f"{user.username}:{number.digits}:{idempotency_key}".encode()).hexdigest()
        order = await order_repository.create(
            connection,
            order_id=key[:32],
            case_number=number,
            organisation=organisation,
            crew=crew,
            language=language,
            sentences=spoken_order(facts, language),
            created_by=user.username,
            now=now,
            idempotency_key=key,
        )
        await case_repository.update_case(
            connection,
            number,
            version=case.version,
            changes={"status": Status.ORDERED, "organisation": organisation, "owner": organisation},
            actor=user.username,
            at=now,
            kind="order",
            data={"order": order.id, "crew": crew, "organisation": organisation, "to": Status.ORDERED.value},
            source=f"order:{order.id}:created",
        )
        await audit_repository.append(
            connection,
            at=now,
            actor=user.username,
            action="order_sent",
            target=order.id,
            data={"case": number.digits, "crew": crew},
        )
    await tell(deps, number, Status.ORDERED, "order")
    data = {"order": order.id, "case": number.digits, "state": order.state, "path": ""}
    await deps.bus.publish(Event(EventType.ORDER_CHANGED, now, data))
    return shape(order, [])


def _recipient(deps: ConsoleDependencies, case: Case, wanted: OrderIn) -> tuple[str, str, str]:
    identifier = wanted.organisation or case.organisation or ""
    organisation = deps.town.organisations.get(identifier)
    if organisation is None:
        raise not_listed(422, "organisation", "choose a body from the list")
    if not organisation.crews:
        raise Problem(
            422,
            "invalid_field",
            f"{organisation.name} has no crew: telephone its duty",
            field="crew",
            reason="no_crew",
            organisation=organisation.name,
        )
    crew = next((one for one in organisation.crews if wanted.crew in (None, "", one.id)), None)
    if crew is None:
        raise Problem(
            422,
            "invalid_field",
            f"{organisation.name} has no such crew",
            field="crew",
            reason="unknown_crew",
            organisation=organisation.name,
        )
    return identifier, crew.id, crew.language


async def get_order(deps: ConsoleDependencies, order_id: str) -> OrderShape:
    """Return an order with its tries. Raises Problem 404."""
    async with deps.database.read() as connection:
        order = await order_repository.get(connection, order_id)
        attempts = await order_repository.attempts(connection, order_id)
    if order is None:
        raise not_found("this order", "no_order")
    return shape(order, attempts)


async def orders_of(deps: ConsoleDependencies, number: CaseNumber) -> list[OrderShape]:
    """Return the orders of a case, oldest first."""
    async with deps.database.read() as connection:
        orders = await order_repository.of_case(connection, number)
        return [shape(order, await order_repository.attempts(connection, order.id)) for order in orders]
