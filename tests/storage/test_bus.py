import asyncio
import shutil
import socket
import subprocess
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from calls.events import Event, EventType
from storage.bus import QUEUE_LENGTH, LocalBus
from storage.live_event_repository import append, drop_before, last_seq, since
from storage.redis_bus import RedisBus
from tests.free_ports import free_port_block

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def event(number):
    return Event(EventType.CALL_MENU, AT, {"linkedid": "1.1", "keys": str(number)})


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory):
    server = shutil.which("redis-server")
    assert server, "redis-server is missing: install the package redis-server"
    port = free_port_block()
    folder = tmp_path_factory.mktemp("redis")
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen([server, *options], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            assert time.monotonic() < deadline, "redis-server did not start"
    yield f"redis://127.0.0.1:{port}/0"
    process.terminate()
    process.wait()


@asynccontextmanager
async def running(bus):
    if isinstance(bus, LocalBus):
        yield bus
        return
    carrier = asyncio.ensure_future(bus.run())
    async with asyncio.timeout(30):
        await bus.ready.wait()
    yield bus
    carrier.cancel()
    with pytest.raises(asyncio.CancelledError):
        await carrier


@pytest.fixture(params=["local", pytest.param("redis", marks=pytest.mark.system)])
async def bus(request):
    made = LocalBus() if request.param == "local" else RedisBus(request.getfixturevalue("redis_url"))
    async with running(made) as opened:
        yield opened


async def take(subscription, count):
    async with asyncio.timeout(30):
        return [await subscription.get() for _ in range(count)]


async def test_every_subscriber_sees_every_event_once_in_order(bus):
    first, second = bus.subscribe(), bus.subscribe()
    for number in range(20):
        await bus.publish(event(number))
    expected = [event(number) for number in range(20)]
    assert await take(first, 20) == expected
    assert await take(second, 20) == expected
    assert first.lost == 0


async def test_a_subscriber_sees_only_what_comes_after_it(bus):
    await bus.publish(event(1))
    late = bus.subscribe()
    await bus.publish(event(2))
    assert await take(late, 1) == [event(2)]


async def test_a_slow_subscriber_loses_its_oldest_and_holds_up_nobody(bus):
    slow = bus.subscribe()
    for number in range(QUEUE_LENGTH + 5):
        await bus.publish(event(number))
    assert (await take(slow, 1)) == [event(5)]
    assert slow.lost == 5


async def test_a_closed_subscription_gets_nothing_more(bus):
    gone, here = bus.subscribe(), bus.subscribe()
    gone.close()
    gone.close()
    await bus.publish(event(1))
    await take(here, 1)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await gone.get()


@pytest.mark.system
async def test_two_processes_hear_each_other_and_not_their_own_echo(redis_url):
    async with running(RedisBus(redis_url)) as here, running(RedisBus(redis_url)) as there:
        heard_here, heard_there = here.subscribe(), there.subscribe()
        await here.publish(event(1))
        assert await take(heard_there, 1) == [event(1)]
        await there.publish(event(2))
        assert await take(heard_here, 2) == [event(1), event(2)]


async def test_without_redis_a_process_goes_on_with_its_own_events():
    alone = RedisBus("redis://127.0.0.1:1/0")
    carrier = asyncio.ensure_future(alone.run())
    mine = alone.subscribe()
    for number in range(1500):
        await alone.publish(event(number))
    assert await take(mine, 1) == [event(500)]
    carrier.cancel()
    with pytest.raises(asyncio.CancelledError):
        await carrier


async def test_live_events_are_kept_by_number(database):
    async with database.begin() as connection:
        assert await append(connection, [(number, event(number)) for number in range(1, 501)]) == 500
        assert await append(connection, [(500, event(500)), (501, event(501))]) == 1
        found = await since(connection, 499)
        assert await last_seq(connection) == 501
        assert len(await since(connection, 0, limit=10)) == 10
        assert await drop_before(connection, AT) == 0
    assert found == [(500, event(500)), (501, event(501))]
