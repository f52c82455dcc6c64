"""Opens the event bus that the settings ask for: in-process, or Redis streams."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from calls.ports import EventBus
from storage.bus import LocalBus


@contextlib.asynccontextmanager
async def open_bus(url: str) -> AsyncIterator[EventBus]:
    """Give the bus for as long as the block runs. A Redis that is down holds nothing up: see `storage/redis_bus.py`."""
    if not url:
        yield LocalBus()
        return
    from storage.redis_bus import RedisBus  # only where it is asked for

    bus = RedisBus(url)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(bus.run())
        try:
            yield bus
        finally:
            task.cancel()
