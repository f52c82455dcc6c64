"""Opens the event bus that the settings ask for: in-process, or Redis streams."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from calls.ports import EventBus
from storage.bus import LocalBus
from storage.event_forward import ForwardingBus, receive_forwarded


@contextlib.asynccontextmanager
async def open_bus(url: str, socket: Path) -> AsyncIterator[EventBus]:
    """Give the console's bus for as long as the block runs. A Redis that is down holds nothing up."""
    if not url:
        local = LocalBus()
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(receive_forwarded(socket, local))
            try:
                yield local
            finally:
                task.cancel()
        return
    from storage.redis_bus import RedisBus  # only where it is asked for

    bus = RedisBus(url)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(bus.run())
        try:
            yield bus
        finally:
            task.cancel()


@contextlib.asynccontextmanager
async def open_forward(url: str, socket: Path) -> AsyncIterator[EventBus]:
    """Give the bus of a process that only tells the console."""
    if url:
        async with open_bus(url, socket) as bus:
            yield bus
        return
    forward = ForwardingBus(socket)
    try:
        yield forward
    finally:
        forward.close()
