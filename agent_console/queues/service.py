"""Queues as they are now: from the PBX when it answers, else from the live board. Owns how the two become one shape."""

from __future__ import annotations

from datetime import datetime

from agent_console.call_board import CallBoard
from agent_console.dependencies import ConsoleDependencies
from agent_console.queues.schemas import Member, Queue, QueueList, Waiting
from calls.ports import CallControlError, MemberNow, PbxSnapshot
from cases.queues import OWN_QUEUE, TownQueue
from storage.callback_repository import waiting_by_queue
from storage.database import DatabaseDown

_OUT_OF_REACH = frozenset({"unavailable", "invalid", "unknown"})
_FREE = "not_in_use"


async def queues_now(deps: ConsoleDependencies, board: CallBoard) -> QueueList:
    """Return every queue of the town. Does not raise: without the PBX the board says who waits."""
    snapshot: PbxSnapshot | None
    try:
        snapshot = await deps.call_control.snapshot()
    except CallControlError:
        snapshot = None
    now = deps.clock()
    try:
        async with deps.database.read() as connection:
            callbacks = await waiting_by_queue(connection)
    except DatabaseDown:
        callbacks = {}  # who waits on the line is shown all the same
    items = [
        _queue(described, deps.queue, snapshot, board, now).model_copy(
            update={"callbacks": callbacks.get(described.name, 0)}
        )
        for described in deps.queues()
    ]
    return QueueList(items=items, total=len(items))


def _queue(described: TownQueue, general: str, snapshot: PbxSnapshot | None, board: CallBoard, now: datetime) -> Queue:
    name = described.name
    members: list[MemberNow] = []
    if snapshot is None:
        waiting = [
            _waiting(call.linkedid, position, call.queued_at or now, now)
            for position, call in enumerate(board.waiting(name), start=1)
        ]
    else:
        members = [one for one in snapshot.members if one.queue == name]
        waiting = []
        for one in snapshot.waiting:
            # Who is tried at their own operator's phone first is on the way to the general queue.
            if one.queue == name or (name == general and one.queue.startswith(OWN_QUEUE)):
                call = board.calls.get(one.linkedid)
                since = call.queued_at if call is not None else None
                waited = one.waited if since is None else max(one.waited, int((now - since).total_seconds()))
                waiting.append(Waiting(linkedid=one.linkedid, position=one.position, waited=waited))
    reachable = [one for one in members if one.device not in _OUT_OF_REACH]
    return Queue(
        name=name,
        source="board" if snapshot is None else "pbx",
        waiting=waiting,
        members=[
            Member(extension=one.extension, paused=one.paused, reason=one.reason, device=one.device) for one in members
        ],
        longest_wait=max((one.waited for one in waiting), default=0),
        logged_in=len(reachable),
        ready=sum(one.device == _FREE and not one.paused for one in reachable),
        languages=list(described.languages),
        subjects=list(described.subjects),
        strategy=described.strategy,
        overflow=dict(described.overflow.targets),
        callbacks=0,
    )


def _waiting(linkedid: str, position: int, since: datetime, now: datetime) -> Waiting:
    return Waiting(linkedid=linkedid, position=position, waited=int((now - since).total_seconds()))
