"""What the AMI reader is sent, in events and bytes: a second reader with the same rights counts. Owns one socket."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

_USER = "centrala-reader"
_EVENT = re.compile(rb"^Event: (\w+)", re.M)


class ManagerTraffic:
    """Counts from the login on. `events` by name, `size` in bytes."""

    def __init__(self) -> None:
        self.events: Counter[str] = Counter()
        self.size = 0
        self._rest = b""

    def take(self, data: bytes) -> None:
        """Count the events that `data` completes."""
        *blocks, self._rest = (self._rest + data).split(b"\r\n\r\n")
        for block in blocks:
            found = _EVENT.search(block)
            if found and found[1] != b"FullyBooted":  # the greeting of a login
                self.events[found[1].decode()] += 1
                self.size += len(block) + 4


@asynccontextmanager
async def manager_traffic(port: int, password: str) -> AsyncIterator[ManagerTraffic]:
    """Log in and count until the end of the context. Raises OSError, ConnectionError (refused)."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"Action: Login\r\nUsername: {_USER}\r\nSecret: {password}\r\n\r\n".encode())
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    if b"Success" not in answer:
        raise ConnectionError("AMI refused the reader")
    counted = ManagerTraffic()

    async def read() -> None:
        while data := await reader.read(65536):
            counted.take(data)

    task = asyncio.ensure_future(read())
    try:
        yield counted
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        writer.close()
