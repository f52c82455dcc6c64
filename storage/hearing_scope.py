"""Whose recordings somebody may hear, as conditions of a query. Owns `hearing_queues`; deny is decided by the caller.

A scope narrows: every condition of it must hold. It is part of each query, so that a row outside it does not exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, exists, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.recording_tables import hearing_queues
from storage.tables import calls, cases, orders, recordings


@dataclass(frozen=True, slots=True)
class HearingScope:
    """None and empty: not narrowed by this. `operator`: extension; only calls that this operator answered."""

    organisation: str | None = None
    queues: Sequence[str] = ()
    operator: str | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what must hold for a row of `recordings`."""
        found: list[ColumnElement[bool]] = []
        # Under names of their own: the query around has the same tables.
        call, case, order = calls.alias("heard_call"), cases.alias("heard_case"), orders.alias("heard_order")
        linkedid = recordings.c.linkedid
        of_call = select(call.c.linkedid).where(call.c.linkedid == linkedid)
        if self.operator is not None:
            found.append(exists(of_call.where(call.c.operator == self.operator)))
        if self.queues:
            found.append(exists(of_call.where(call.c.queue.in_(tuple(self.queues)))))
        if self.organisation is not None:
            its_case = select(case.c.number).where(case.c.organisation == self.organisation)
            found.append(
                or_(
                    exists(its_case.where(case.c.linkedid == linkedid)),
                    exists(its_case.where(call.c.linkedid == linkedid, call.c.case_number == case.c.number)),
                    exists(its_case.where(order.c.id == linkedid, order.c.case_number == case.c.number)),
                )
            )
        return found


async def queues_of(connection: AsyncConnection, username: str) -> tuple[str, ...]:
    """Return the queues that the account is limited to; none: it is not."""
    wanted = select(hearing_queues.c.queue).where(hearing_queues.c.username == username)
    return tuple((await connection.execute(wanted.order_by(hearing_queues.c.queue))).scalars())


async def set_queues(connection: AsyncConnection, username: str, queues: Sequence[str]) -> None:
    """Limit the account to these queues; none lifts the limit."""
    await connection.execute(delete(hearing_queues).where(hearing_queues.c.username == username))
    rows = [{"username": username, "queue": queue} for queue in sorted(set(queues))]
    if rows:
        await connection.execute(insert(hearing_queues), rows)
