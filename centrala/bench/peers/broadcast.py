"""The bare loop that fan-out is held against: aiohttp, a set of WebSockets, one `send_str` after the other.

`broadcast.py PORT`. `GET /live` listens; `POST /say` sends its body to all, with the time put in.
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime

import uvloop
from aiohttp import WSMsgType, web

_LISTENERS: set[web.WebSocketResponse] = set()


async def live(request: web.Request) -> web.WebSocketResponse:
    """Listen until closed."""
    socket = web.WebSocketResponse(compress=False)
    await socket.prepare(request)
    _LISTENERS.add(socket)
    try:
        async for message in socket:
            if message.type is WSMsgType.ERROR:
                break
    finally:
        _LISTENERS.discard(socket)
    return socket


async def say(request: web.Request) -> web.Response:
    """Send to all."""
    data = await request.json()
    text = json.dumps({"seq": 1, "type": "operator.changed", "at": datetime.now(UTC).isoformat(), "data": data})
    for socket in list(_LISTENERS):
        await socket.send_str(text)
    return web.Response()


async def serve(port: int) -> None:
    """Serve until killed."""
    application = web.Application()
    application.add_routes([web.get("/live", live), web.post("/say", say)])
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
