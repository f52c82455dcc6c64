"""Live events between the processes of one machine, when no Redis is configured: datagrams on a local socket.

A hint only: nobody waits for it and nothing is repeated. What an event tells of stands in the database first, and a
page that was not told is true again when it is loaded. Owns the socket; must not know what an event means.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
from datetime import datetime
from pathlib import Path

from typing_extensions import override

from calls.events import Event, EventType
from calls.ports import EventBus, EventSubscription

_LOG = logging.getLogger(__name__)
_MOST_BYTES = 64 * 1024


class ForwardingBus(EventBus):
    """Publishes to the process that owns the socket; nobody can subscribe here."""

    def __init__(self, path: Path) -> None:
        """`path`: the receiver's socket; it need not exist."""
        self._path = str(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    @override
    async def publish(self, event: Event) -> None:
        body = json.dumps({"type": event.type.value, "at": event.at.isoformat(), "data": dict(event.data)})
        try:
            self._socket.sendto(body.encode(), self._path)
        except OSError as error:
            _LOG.debug("a live event was not passed on: %s", error)

    @override
    def subscribe(self) -> EventSubscription:
        raise NotImplementedError("this process only tells; events arrive where the socket is")

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


class _Receiver(asyncio.DatagramProtocol):
    def __init__(self, queue: asyncio.Queue[bytes]) -> None:
        self._queue = queue

    @override
    def datagram_received(self, data: bytes, addr: object) -> None:
        with contextlib.suppress(asyncio.QueueFull):
            self._queue.put_nowait(data)


async def receive_forwarded(path: Path, bus: EventBus) -> None:
    """Publish on `bus` what others send to `path`, until cancelled. Raises OSError when the socket cannot be made."""
    await asyncio.to_thread(path.unlink, missing_ok=True)
    queue: asyncio.Queue[bytes] = asyncio.Queue(10_000)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.setblocking(False)
    sock.bind(str(path))
    await asyncio.to_thread(path.chmod, 0o600)
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: _Receiver(queue), sock=sock)
    try:
        while True:
            event = _parse(await queue.get())
            if event is not None:
                await bus.publish(event)
    finally:
        transport.close()
        path.unlink(missing_ok=True)  # noqa: ASYNC240 - one unlink while the loop ends


def _parse(data: bytes) -> Event | None:
    try:
        raw = json.loads(data[:_MOST_BYTES])
        return Event(EventType(raw["type"]), datetime.fromisoformat(raw["at"]), raw["data"])
    except (ValueError, KeyError, TypeError) as error:
        _LOG.warning("a forwarded event cannot be read: %s", error)
        return None
