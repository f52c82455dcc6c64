import asyncio

import pytest

from centrala.bench.place import free_ports
from centrala.drill.proxy import Tunnel


async def _echo(reader, writer):
    while data := await reader.read(1000):
        writer.write(data)
    writer.close()


@pytest.fixture
async def tunnel():
    echo, own = free_ports(2)
    server = await asyncio.start_server(_echo, "127.0.0.1", echo)
    opened = Tunnel(("127.0.0.1", echo))
    async with opened.running(own):
        reader, writer = await asyncio.open_connection("127.0.0.1", own)
        yield opened, reader, writer, own
        writer.close()
    server.close()


async def test_bytes_pass_a_stall_holds_them_and_healing_lets_them_go(tunnel):
    opened, reader, writer, _ = tunnel
    writer.write(b"one")
    assert await reader.readexactly(3) == b"one"
    opened.stall()
    writer.write(b"two")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.readexactly(3), 0.1)
    opened.heal()
    assert await asyncio.wait_for(reader.readexactly(3), 5) == b"two"


async def test_a_cut_ends_connections_and_a_refusal_takes_no_new_ones(tunnel):
    opened, reader, _, own = tunnel
    opened.refuse()
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await asyncio.wait_for(reader.readexactly(1), 5)
    late, _ = await asyncio.open_connection("127.0.0.1", own)
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await asyncio.wait_for(late.readexactly(1), 5)
    opened.heal()
    again, writer = await asyncio.open_connection("127.0.0.1", own)
    writer.write(b"three")
    assert await asyncio.wait_for(again.readexactly(5), 5) == b"three"
    writer.close()
