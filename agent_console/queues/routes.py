"""Addresses of queues."""

from __future__ import annotations

from aiohttp import web

from agent_console.access import Permission
from agent_console.dependencies import DEPENDENCIES
from agent_console.live_socket import HUB
from agent_console.queues.schemas import QueueList
from agent_console.queues.service import queues_now
from agent_console.routing import Route, json_answer


async def list_(request: web.Request) -> web.Response:
    """Answer with the queues."""
    return json_answer(await queues_now(request.app[DEPENDENCIES], request.app[HUB].board))


ROUTES = (Route("GET", "/api/v1/queues", list_, Permission.BOARD_READ, "Queues now", answer=QueueList),)
