import asyncio
import contextlib
import socket
from datetime import UTC, datetime

import pytest

from calls.events import Event, EventType
from storage.bus import LocalBus
from storage.event_forward import ForwardingBus, receive_forwarded

EVENT = Event(EventType.ORDER_CHANGED, datetime(2026, 3, 1, tzinfo=UTC), {"order": "o1", "state": "calling"})


@pytest.fixture
async def receiving(tmp_path):
    bus = LocalBus()
    subscription = bus.subscribe()
    path = tmp_path / "events.sock"
    task = asyncio.create_task(receive_forwarded(path, bus))
    async with asyncio.timeout(30):
        while not path.exists():
            await asyncio.sleep(0.01)
    yield path, subscription
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert not path.exists()


async def test_an_event_reaches_the_other_process(receiving):
    path, subscription = receiving
    sender = ForwardingBus(path)
    await sender.publish(EVENT)
    async with asyncio.timeout(30):
        assert await subscription.get() == EVENT
    sender.close()


async def test_garbage_is_passed_over(receiving, caplog):
    path, subscription = receiving
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as rude:
        for data in (b"\xff\x00", b"[]", b'{"type":"nothing","at":"x","data":{}}'):
            rude.sendto(data, str(path))
    await ForwardingBus(path).publish(EVENT)
    async with asyncio.timeout(30):
        assert await subscription.get() == EVENT
    assert caplog.text.count("cannot be read") == 3


async def test_nobody_listening_costs_nothing(tmp_path):
    await ForwardingBus(tmp_path / "nobody.sock").publish(EVENT)
