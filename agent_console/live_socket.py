"""`GET /api/v1/live`: the WebSocket. Owns the conversation with one client; the hub owns everything shared."""

from __future__ import annotations

import asyncio
import json

from aiohttp import WSMsgType, web

from agent_console.access import Permission
from agent_console.authentication import AUTHENTICATION, principal
from agent_console.guard import check_origin
from agent_console.live import Client, LiveHub
from agent_console.live_wire import Wire
from agent_console.routing import Route, query_integer

HUB = web.AppKey("hub", LiveHub)
_HIGHEST = 2**62
_SEND_SECONDS = 5.0
_HEARTBEAT = 20.0
_DESK_HEARTBEAT = 3.0
"""A browser that is an operator's desk is missed after 4.5 s without a sign of life: no call may ring into the void."""
_FAREWELL = {
    1013: b"too slow or shutting down: connect again with since=",
    4401: b"signed out",
    4403: b"the account has changed: connect again",
}


async def live(request: web.Request) -> web.WebSocketResponse:
    """Replay what came after `since`, then stream. Closes with 1013 when the client reads too slowly."""
    check_origin(request)
    sender = principal(request)
    since = query_integer(request, "since", 0, low=0, high=_HIGHEST)
    hub = request.app[HUB]
    desk = sender.csrf is not None and bool(sender.user.extension)
    heartbeat = _DESK_HEARTBEAT if desk else _HEARTBEAT
    socket = web.WebSocketResponse(heartbeat=heartbeat, max_msg_size=4096, compress=False)
    await socket.prepare(request)
    client = hub.join(
        sender.user.role,
        sender.user.extension or "",
        sender.user.username,
        tab=desk,
        kind=sender.door.kind,
        door=sender.door.id_hash,
        scopes=sender.scopes,
    )
    upto = hub.last_seq
    try:
        await socket.send_str(json.dumps({"seq": upto, "type": "hello", "data": {"since": since}}))
        if "since" in request.query:
            for frame in await hub.replay(client, since, upto):
                await socket.send_str(frame.text)
        if request.transport is not None:
            client.wire = Wire(request.transport)
        async with asyncio.TaskGroup() as group:
            writer = group.create_task(_write(socket, client))
            await _read_until_closed(socket, hub, client)
            writer.cancel()
    finally:
        hub.leave(client)
        if client.kind == "session" and client.close_code == 1013:
            request.app[AUTHENTICATION].is_there(client.door)  # until now somebody was
    return socket


async def _write(socket: web.WebSocketResponse, client: Client) -> None:
    while True:
        frame = await client.queue.get()
        if frame is None:
            await socket.close(code=client.close_code, message=_FAREWELL.get(client.close_code, b"connect again"))
            return
        try:
            async with asyncio.timeout(_SEND_SECONDS):
                await socket.send_str(frame.text)
        except (TimeoutError, ConnectionError):
            client.cut = True
            await socket.close(code=1013, message=b"too slow: connect again with since=")
            return


async def _read_until_closed(socket: web.WebSocketResponse, hub: LiveHub, client: Client) -> None:
    # Clients say only which case or draft they look at; reading answers pings and notices the end.
    async for message in socket:
        if message.type is WSMsgType.ERROR:
            break
        if message.type is WSMsgType.TEXT:
            hub.presence.hear(client, message.data)


ROUTES = (
    Route(
        "GET",
        "/api/v1/live",
        live,
        Permission.BOARD_READ,
        "Live events over a WebSocket: {seq, type, at, data}",
        query={"since": "replay events with a higher seq first"},
        statuses=(101,),
    ),
)
