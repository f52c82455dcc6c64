"""What is not HTTP is one line in the log; a fault of our own keeps its stack trace."""

import asyncio
import logging

import aiohttp
import pytest
from aiohttp import web

from centrala.web_server import serving
from tests.free_ports import free_port_block


@pytest.fixture
def address():
    return f"127.0.0.1:{free_port_block()}"


async def broken(request):
    raise ValueError("a fault of ours")


async def test_garbage_is_one_line(address, caplog):
    app = web.Application()
    app.router.add_get("/", broken)
    with caplog.at_level(logging.INFO):
        async with serving(app, address):
            host, _, port = address.partition(":")
            for garbage in (bytes(range(256)) * 16, b"x" * 65536, b"GET / HTTP/9.9\r\nA\x00: b\r\n\r\n"):
                reader, writer = await asyncio.open_connection(host, int(port))
                writer.write(garbage)
                async with asyncio.timeout(30):
                    answer = await reader.read()
                writer.close()
                assert b" 400 " in answer.split(b"\r\n")[0]
    lines = [record for record in caplog.records if record.name == "aiohttp.server"]
    assert 1 <= len(lines) <= 3, "one line each at most; what looks like a TLS greeting is not worth one"
    for record in lines:
        assert record.levelname == "WARNING"
        assert record.exc_info is None
        assert "not HTTP" in record.getMessage()
        assert record.getMessage().isascii()
        assert len(record.getMessage()) < 250


async def test_our_own_fault_keeps_its_trace(address, caplog):
    app = web.Application()
    app.router.add_get("/", broken)
    async with (
        serving(app, address),
        aiohttp.ClientSession() as session,
        session.get(f"http://{address}/") as answer,
    ):
        assert answer.status == 500
    assert any(record.exc_info for record in caplog.records if record.name == "aiohttp.server")
