"""A TCP tunnel that can be cut and stalled, to stand between the product and AMI. Must not know what flows through."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final

_END: Final = 2.0


class Tunnel:
    """Passes bytes both ways between its own port and `target`."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._flows = asyncio.Event()
        self._flows.set()
        self._refuses = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._idle = asyncio.Event()
        self._idle.set()

    @contextlib.asynccontextmanager
    async def running(self, port: int) -> AsyncIterator[None]:
        """Accept connections on a loopback port."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", port)
        try:
            yield
        finally:
            server.close()
            self.heal()
            self.cut()
            async with asyncio.timeout(_END):
                await self._idle.wait()

    def cut(self) -> None:
        """End every connection now."""
        for writer in list(self._writers):
            writer.transport.abort()

    def refuse(self) -> None:
        """Take no connection from now on."""
        self._refuses = True
        self.cut()

    def is_refusing(self) -> bool:
        """Whether it takes no connection now."""
        return self._refuses

    def stall(self) -> None:
        """Let no byte through, and close nothing."""
        self._flows.clear()

    def heal(self) -> None:
        """Be a good tunnel again."""
        self._refuses = False
        self._flows.set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_refusing():
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        if self.is_refusing():  # it was cut while this one was on its way
            writer.transport.abort()
            far_writer.transport.abort()
            return
        self._writers |= {writer, far_writer}
        self._idle.clear()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._pass_on(reader, far_writer))
                tasks.create_task(self._pass_on(far_reader, writer))
        finally:
            self._writers -= {writer, far_writer}
            if not self._writers:
                self._idle.set()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                await self._flows.wait()
                writer.write(data)
                await writer.drain()
        writer.close()
