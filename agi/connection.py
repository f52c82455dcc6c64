"""One TCP connection of the AGI server: bytes through the decoder to the channel, and the bounds before a call begins.

Owns the transport's events; must not know routes. Before the header is complete and accepted nothing is allocated for
the caller but the decoder's bounded buffer, and a timer that closes the connection.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, cast

from typing_extensions import override

from agi.channel import AgiChannel
from agi.codec import AgiDecoder, Header, ProtocolViolation

if TYPE_CHECKING:
    from agi.server import AgiServer, Route

_log = logging.getLogger(__name__)


class AgiConnection(asyncio.Protocol):
    """Made by the server for each accepted connection. `group` owns the call's task."""

    def __init__(self, server: AgiServer, group: asyncio.TaskGroup, header_time: float) -> None:
        self._server = server
        self._group = group
        self._header_time = header_time
        self._loop = asyncio.get_running_loop()
        self._decoder = AgiDecoder()
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._channel: AgiChannel | None = None
        self._peer = ""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but its class
        peer = transport.get_extra_info("peername")
        self._peer = str(peer[0]) if peer else ""
        refusal = self._server.admit(self, self._peer)
        if refusal is not None:
            self._refuse(refusal)
            return
        self._timer = self._loop.call_later(self._header_time, self._refuse, "no complete header in time")

    @override
    def data_received(self, data: bytes) -> None:
        if self._transport is None:  # closed by us; what still arrives is nobody's
            return
        try:
            for event in self._decoder.feed(data):
                if isinstance(event, Header):
                    self._begin(event)
                elif self._channel is not None:
                    self._channel.heard(event)
        except ProtocolViolation as error:
            self._refuse(str(error))

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is not None and self._channel is None:
            _log.info("AGI connection from %s ended before its header was complete", self._peer)
        self._end()

    def abort(self) -> None:
        """Cut the connection now."""
        transport = self._transport
        self._end()
        if transport is not None:
            transport.abort()

    def _begin(self, header: Header) -> None:
        if self._transport is None:
            return
        found = self._server.route_of(header.fields)
        if isinstance(found, str):
            self._refuse(found)
            return
        if self._timer is not None:
            self._timer.cancel()
        name, route = found
        channel = self._channel = AgiChannel(self._transport, header.fields, self._loop)
        self._group.create_task(self._serve(name, route, channel), name=f"agi-{name}")

    async def _serve(self, name: str, route: Route, channel: AgiChannel) -> None:
        await self._server.run(name, route, channel)
        if self._transport is not None:
            self._transport.close()

    def _refuse(self, reason: str) -> None:
        _log.warning("AGI connection from %s closed: %s", self._peer, reason)
        self.abort()

    def _end(self) -> None:
        self._transport = None
        if self._timer is not None:
            self._timer.cancel()
        self._server.dismiss(self)
        if self._channel is not None:
            self._channel.lost()
