"""Bare listeners against a real WebSocket server: frames whole, split and joined, pings answered, refusals told."""

import asyncio

import pytest
from aiohttp import web

from centrala.bench.live_clients import live_clients, sent_at
from centrala.errors import CommandFailed

LONG = "x" * 3000


@pytest.fixture
async def server():
    """Yield an address whose listeners get three frames, one of them long, when they answer a ping."""

    async def live(request: web.Request) -> web.WebSocketResponse:
        if request.headers["Authorization"] != "Bearer good":
            raise web.HTTPForbidden
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        await socket.ping(b"there?")
        answer = await socket.receive()
        assert answer.type is web.WSMsgType.PONG
        assert answer.data == b"there?"
        for text in ("first", LONG, "last"):
            await socket.send_str(text)
        await socket.receive()
        return socket

    application = web.Application()
    application.add_routes([web.get("/live", live)])
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/live"
    await runner.cleanup()


async def test_every_listener_gets_every_frame_whole(server):
    heard: list[bytes] = []
    everything = asyncio.Event()

    def note(_now: float, payload: bytes) -> None:
        heard.append(payload)
        if len(heard) == 9:
            everything.set()

    async with live_clients(server, ["good"] * 3, note):
        async with asyncio.timeout(30):
            await everything.wait()
    assert sorted(heard) == sorted([b"first", LONG.encode(), b"last"] * 3)


async def test_a_refusal_says_what_the_server_said(server):
    with pytest.raises(CommandFailed, match="403"):
        async with live_clients(server, ["bad"], lambda now, payload: None):
            pass


def test_an_event_says_when_it_happened():
    assert sent_at(b'{"type": "pop", "at": "1970-01-01T00:00:10+00:00"}') == ("pop", 10.0)
    assert sent_at(b'{"type": "hello"}') == ("hello", 0.0)
