"""Queues as they are now: from the PBX when it answers, else from the live board."""

from __future__ import annotations

from aiohttp import web
from pydantic import BaseModel

from agent_console.access import Permission
from agent_console.dependencies import DEPENDENCIES
from agent_console.live_socket import HUB
from agent_console.routing import Route, json_answer
from calls.ports import CallControlError


class Waiting(BaseModel):
    """A caller who waits; `waited` in seconds."""

    linkedid: str
    position: int
    waited: int


class Member(BaseModel):
    """A phone in the queue."""

    extension: str
    paused: bool
    reason: str
    device: str


class Queue(BaseModel):
    """One queue. `source`: `pbx`, or `board` when the PBX does not answer (then `members` is empty)."""

    name: str
    source: str
    waiting: list[Waiting]
    members: list[Member]
    longest_wait: int


class QueueList(BaseModel):
    """All queues."""

    items: list[Queue]
    total: int


async def list_(request: web.Request) -> web.Response:
    """Answer with the queues."""
    deps = request.app[DEPENDENCIES]
    now = deps.clock()
    members: list[Member] = []
    source = "pbx"
    try:
        snapshot = await deps.call_control.snapshot()
        waiting = [
            Waiting(linkedid=one.linkedid, position=one.position, waited=one.waited)
            for one in snapshot.waiting
            if one.queue == deps.queue
        ]
        members = [
            Member(extension=one.extension, paused=one.paused, reason=one.reason, device=one.device)
            for one in snapshot.members
            if one.queue == deps.queue
        ]
    except CallControlError:
        source = "board"
        waiting = [
            Waiting(
                linkedid=call.linkedid,
                position=position,
                waited=int((now - (call.queued_at or now)).total_seconds()),
            )
            for position, call in enumerate(request.app[HUB].board.waiting(deps.queue), start=1)
        ]
    longest = max((one.waited for one in waiting), default=0)
    queue = Queue(name=deps.queue, source=source, waiting=waiting, members=members, longest_wait=longest)
    return json_answer(QueueList(items=[queue], total=1))


ROUTES = (Route("GET", "/api/v1/queues", list_, Permission.BOARD_READ, "Queues now", answer=QueueList),)
