"""Callbacks: taken up from the journalled wish, dialled by whoever gets the lock, never forgotten.

Owns the states and who may change them: `waiting` has or wants a place in the queue, `dialling` is one attempt that
rings the citizen (nobody else may), and the three ends. What became of an attempt is read from CEL. Must not know the
PBX or a number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from calls.journal_entries import EntryKind
from cases.callbacks import LONGEST_PROMISE
from storage.callback_tables import callbacks
from storage.tables import call_legs, call_steps, calls
from storage.upsert import insert_or_ignore

WAITING: Final = "waiting"
DIALLING: Final = "dialling"
_LOST_AFTER: Final = timedelta(minutes=10)
"""An attempt of which CEL says nothing for so long went down with the PBX."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """One wish to be called back. Times are UTC."""

    id: int
    linkedid: str
    queue: str
    language: str
    priority: int
    queued_at: datetime
    asked_at: datetime
    caller_token: str
    state: str
    attempts: int
    next_at: datetime
    call_linkedid: str | None
    dialled_at: datetime | None
    ended_at: datetime | None
    reason: str


async def take_up(connection: AsyncConnection, linkedid: str) -> None:
    """Make a row of a call's stored wish; a replay makes no other. Its step knows the caller's token already."""
    wanted = select(call_steps).where(
        call_steps.c.linkedid == linkedid, call_steps.c.kind == EntryKind.CALLBACK_ASKED.value
    )
    for step in (await connection.execute(wanted)).mappings().all():
        data = step["data"]
        if not data.get("caller_token"):
            continue  # the route lets no such wish pass
        row = {
            "linkedid": step["linkedid"],
            "queue": str(data["queue"]),
            "language": str(data.get("language", "")),
            "priority": int(data.get("priority", 0)),
            "queued_at": datetime.fromtimestamp(int(data["queued_at"]), UTC),
            "asked_at": step["at"],
            "caller_token": str(data["caller_token"]),
            "state": WAITING,
            "attempts": 0,
            "next_at": step["at"],
            "reason": "",
        }
        await insert_or_ignore(connection, callbacks, row)


async def open_callbacks(connection: AsyncConnection) -> list[Callback]:
    """Return all that wait or ring, longest wait first."""
    wanted = select(callbacks).where(callbacks.c.state.in_((WAITING, DIALLING))).order_by(callbacks.c.queued_at)
    return [Callback(**row) for row in (await connection.execute(wanted)).mappings()]


async def waiting_by_queue(connection: AsyncConnection) -> dict[str, int]:
    """Return queue → how many wait in it to be called back."""
    wanted = (
        select(callbacks.c.queue, func.count())
        .where(callbacks.c.state.in_((WAITING, DIALLING)))
        .group_by(callbacks.c.queue)
    )
    return {row[0]: int(row[1]) for row in (await connection.execute(wanted)).all()}


async def take_turn(connection: AsyncConnection, callback_id: int, call_linkedid: str, now: datetime) -> bool:
    """Become the one attempt that may ring the citizen; False: another one is, or it is over."""
    wanted = (
        update(callbacks)
        .where(callbacks.c.id == callback_id, callbacks.c.state == WAITING)
        .values(state=DIALLING, attempts=callbacks.c.attempts + 1, call_linkedid=call_linkedid, dialled_at=now)
    )
    return (await connection.execute(wanted)).rowcount == 1


async def cancel_those_who_called_again(connection: AsyncConnection, now: datetime) -> list[int]:
    """End the wishes of citizens who called again meanwhile: they are in line themselves. Returns the ids."""
    again = (
        select(callbacks.c.id)
        .join(calls, calls.c.caller_token == callbacks.c.caller_token)
        .where(
            callbacks.c.state == WAITING,
            calls.c.direction == "inbound",
            calls.c.arrived_at > callbacks.c.asked_at,
            calls.c.linkedid != callbacks.c.linkedid,
        )
    )
    ids = sorted({row[0] for row in (await connection.execute(again)).all()})
    for callback_id in ids:
        await end(connection, callback_id, "cancelled", "called_again", now, only_from=WAITING)
    return ids


async def taken_back(connection: AsyncConnection, ids: Sequence[int]) -> list[int]:
    """Return which of these need no place in the queue any more; who talks with an operator is not among them."""
    over = callbacks.c.state.in_(("cancelled", "failed"))
    wanted = select(callbacks.c.id).where(callbacks.c.id.in_(ids), over)
    return [row[0] for row in (await connection.execute(wanted)).all()]


async def end(
    connection: AsyncConnection, callback_id: int, state: str, reason: str, now: datetime, *, only_from: str
) -> bool:
    """End one that is in the state `only_from`; False when it is not."""
    wanted = update(callbacks).where(callbacks.c.id == callback_id, callbacks.c.state == only_from)
    return (await connection.execute(wanted.values(state=state, reason=reason, ended_at=now))).rowcount == 1


async def try_again(connection: AsyncConnection, callback_id: int, at: datetime) -> None:
    """Let one that rang in vain wait for its next turn; its place is that of the first wait."""
    wanted = update(callbacks).where(callbacks.c.id == callback_id, callbacks.c.state == DIALLING)
    await connection.execute(wanted.values(state=WAITING, next_at=at))


async def give_up(connection: AsyncConnection, one: Callback, now: datetime, *, only_from: str) -> bool:
    """End one that nobody can be reached for; its call is told so, and comes on the list of those who got nothing."""
    if not await end(connection, one.id, "failed", "unreachable", now, only_from=only_from):
        return False
    last = select(func.max(call_steps.c.step)).where(call_steps.c.linkedid == one.linkedid)
    step = ((await connection.execute(last)).scalar() or 0) + 1
    row = {"linkedid": one.linkedid, "step": step, "kind": EntryKind.CALLBACK_FAILED.value, "at": now, "node": 0}
    await insert_or_ignore(connection, call_steps, row | {"data": {"attempts": one.attempts}})
    return True


def is_too_old(one: Callback, now: datetime) -> bool:
    """Say whether nobody expects the call any more."""
    return one.state == WAITING and now - one.asked_at > LONGEST_PROMISE


async def reached(connection: AsyncConnection, one: Callback, trunk: str, now: datetime) -> bool | None:
    """Return whether an attempt reached the citizen; None while it is not known: it rings, or CEL is not read yet."""
    legs = select(call_legs.c.answered_at).where(
        call_legs.c.linkedid == one.call_linkedid, call_legs.c.channel.like(f"PJSIP/{trunk}-%")
    )
    if any(row[0] is not None for row in (await connection.execute(legs)).all()):
        return True
    call = (await connection.execute(select(calls.c.ended_at).where(calls.c.linkedid == one.call_linkedid))).first()
    if call is not None and call[0] is not None:
        return False
    lost = call is None and one.dialled_at is not None and now - one.dialled_at > _LOST_AFTER
    return False if lost else None
