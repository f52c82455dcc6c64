"""The floor of FastAGI in Python: a bare `asyncio.Protocol` on uvloop that sends the next command at each reply.

No limits, no checks, no parsing beyond line ends: nothing that serves callers could be less. `floor.py PORT`.
"""

from __future__ import annotations

import asyncio
import sys
from typing import cast

import uvloop
from typing_extensions import override

from centrala.bench.menu import commands

_COMMANDS = [f"{command}\n".encode() for command in commands()]


class Floor(asyncio.Protocol):
    """One call."""

    def __init__(self) -> None:
        self._buffer = b""
        self._next = -1
        self._transport: asyncio.Transport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    @override
    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = b"\n\n" if self._next < 0 else b"\n"
        if not self._buffer.endswith(end) or self._transport is None:
            return
        self._buffer = b""
        self._next += 1
        if self._next < len(_COMMANDS):
            self._transport.write(_COMMANDS[self._next])
        else:
            self._transport.close()


async def serve(port: int) -> None:
    """Serve until killed."""
    server = await asyncio.get_running_loop().create_server(Floor, "127.0.0.1", port, backlog=1024)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
