"""Addresses of orders."""

from __future__ import annotations

from aiohttp import web

from agent_console.access import Permission
from agent_console.authentication import principal
from agent_console.cases.schemas import OrderIn, OrderShape
from agent_console.cases.service import parse_number
from agent_console.dependencies import DEPENDENCIES
from agent_console.orders.service import get_order, send_order
from agent_console.routing import Route, json_answer, read_body


async def get(request: web.Request) -> web.Response:
    """Answer with one order and its tries."""
    return json_answer(await get_order(request.app[DEPENDENCIES], request.match_info["id"]))


async def send(request: web.Request) -> web.Response:
    """Store an order to be spoken to a crew."""
    wanted = await read_body(request, OrderIn)
    number = parse_number(request.match_info["number"])
    sender = principal(request).user
    order = await send_order(request.app[DEPENDENCIES], number, wanted, sender, request.headers["Idempotency-Key"])
    return json_answer(order, status=201)


ROUTES = (
    Route("GET", "/api/v1/orders/{id}", get, Permission.CASES_READ, "One order with its tries", answer=OrderShape),
    Route(
        "POST", "/api/v1/cases/{number}/orders", send, Permission.ORDERS_SEND, "Send an order to a crew",
        body=OrderIn, answer=OrderShape, creates=True, statuses=(201,),
    ),
)  # fmt: skip
