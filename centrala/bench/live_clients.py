"""Many browsers' live connections at once, without browsers: bare WebSocket clients that note when a frame is here.

Owns the least of RFC 6455 that a listener needs. It must cost little: these clients share the processors with the
server that they measure.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from urllib.parse import urlsplit

from typing_extensions import override

from centrala.errors import CommandFailed

_LIMIT = 30.0
_AT_ONCE = 50
_TEXT, _CLOSE, _PING = 0x1, 0x8, 0x9
OnFrame = Callable[[float, bytes], None]
"""Called with the time of arrival (epoch, s) and a frame's text."""


class LiveClient(asyncio.Protocol):
    """One listener. `open` is set by the server's consent, `closed` says that the connection is gone."""

    def __init__(self, request: bytes, on_frame: OnFrame) -> None:
        self.open: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed = False
        self._request = request
        self._on_frame = on_frame
        self._buffer = b""
        self._talking = False
        self._transport: asyncio.Transport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # a stream's, which uvloop does not inherit
        transport.write(self._request)  # type: ignore[attr-defined]  # as above

    @override
    def data_received(self, data: bytes) -> None:
        now = time.time()
        self._buffer += data
        if not self._talking:
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            if not found:
                return
            if b" 101 " not in head.split(b"\r\n", 1)[0]:
                self._fail(f"the live connection was refused: {head[:200]!r}")
                return
            self._talking, self._buffer = True, rest
            self.open.set_result(None)
        for kind, payload in self._frames():
            if kind == _TEXT:
                self._on_frame(now, payload)
            elif kind == _PING:
                self._send(0xA, payload)
            elif kind == _CLOSE:
                self.close()

    def _frames(self) -> list[tuple[int, bytes]]:
        """Return the whole frames of the buffer: a server's are neither masked nor longer than 64 kB here."""
        found, at, data = [], 0, self._buffer
        while len(data) - at >= 2:
            length, start = data[at + 1], at + 2
            if length == 126:
                length, start = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
            if len(data) < start + length or length > 0xFFFF:
                break
            found.append((data[at] & 0x0F, data[start : start + length]))
            at = start + length
        self._buffer = data[at:]
        return found

    def _send(self, kind: int, payload: bytes) -> None:
        if self._transport is not None and len(payload) < 126:
            # A client masks what it sends; a mask of zeros leaves it as it is.
            self._transport.write(bytes((0x80 | kind, 0x80 | len(payload), 0, 0, 0, 0)) + payload)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self._fail(f"the live connection broke: {exc}")

    def _fail(self, words: str) -> None:
        if not self.open.done():
            self.open.set_exception(CommandFailed(words))

    def close(self) -> None:
        """End the connection."""
        if self._transport is not None:
            self._transport.close()


@asynccontextmanager
async def live_clients(url: str, tokens: list[str], on_frame: OnFrame) -> AsyncIterator[list[LiveClient]]:
    """Yield one open listener per token, all connected. Raises CommandFailed when one is refused."""
    address = urlsplit(url)
    clients: list[LiveClient] = []
    turn = asyncio.Semaphore(_AT_ONCE)

    async def connect(token: str) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        lines = (
            f"GET {address.path} HTTP/1.1",
            f"Host: {address.netloc}",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {key}",
            f"Authorization: Bearer {token}",
        )
        request = "\r\n".join((*lines, "", "")).encode()
        async with turn, asyncio.timeout(_LIMIT):
            _, client = await asyncio.get_running_loop().create_connection(
                lambda: LiveClient(request, on_frame), address.hostname or "127.0.0.1", address.port or 80
            )
            clients.append(client)
            await client.open

    try:
        await asyncio.gather(*(connect(token) for token in tokens))
        yield clients
    finally:
        for client in clients:
            client.close()


def sent_at(payload: bytes) -> tuple[str, float]:
    """Return (type, when it happened as epoch seconds) of a live event."""
    event = json.loads(payload)
    at = event.get("at")
    return str(event.get("type")), datetime.fromisoformat(at).timestamp() if at else 0.0
