"""FastAGI server: accepts Asterisk's connections, checks them, and runs one route per call.

Owns sockets, limits and the life of a call's task; must not know flows or storage. A connection that is not Asterisk's
with our token is closed with one line in the log and disturbs no other. Whatever goes wrong in a route, the connection
is closed without `IVR_DONE`, and the dialplan takes the caller to the second server or to its own fallback.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from agi.channel import AgiChannel, CallerGone, ReplyOverdue
from agi.connection import AgiConnection

_log = logging.getLogger(__name__)

Route = Callable[[AgiChannel], Awaitable[None]]
"""Serves one call, from its header to `IVR_DONE`."""

_PROOF_FIELD: Final = "arg_1"


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """Bounds of the server. Times in seconds; `backlog` and `connections` are counts."""

    backlog: int = 1024
    connections: int = 4000
    header_time: float = 2.0
    drain_time: float = 60.0
    reuse_port: bool = False


class AgiServer:
    """Serves `routes` (by the path of the AGI URL) to callers who bring `token`, on one address."""

    def __init__(
        self,
        routes: Mapping[str, Route],
        token: str,
        limits: ServerLimits | None = None,
        allowed_peers: frozenset[str] = frozenset({"127.0.0.1", "::1"}),
    ) -> None:
        self._routes = routes
        self._token = token.encode("utf-8")
        self._limits = limits or ServerLimits()
        self._allowed_peers = allowed_peers
        self._connections: set[AgiConnection] = set()
        self._calls = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def calls(self) -> int:
        """Calls being served now."""
        return self._calls

    async def serve(
        self, host: str, port: int, stop: asyncio.Event, ready: Callable[[int], None] | None = None
    ) -> None:
        """Serve until `stop` is set, then drain: accept no more, let calls finish for `drain_time`, cut the rest.

        `ready` is told the port once connections are accepted. Raises OSError when the address cannot be had.
        """
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as group:

            def accept() -> AgiConnection:
                return AgiConnection(self, group, self._limits.header_time)

            reuse = True if self._limits.reuse_port else None
            server = await loop.create_server(
                accept, host, port, family=socket.AF_UNSPEC, backlog=self._limits.backlog, reuse_port=reuse
            )
            if ready is not None:
                ready(server.sockets[0].getsockname()[1])
            await stop.wait()
            server.close()
            await self._drain()

    def admit(self, connection: AgiConnection, peer: str) -> str | None:
        """Say why a new connection may not stay, or None. An admitted one must be `dismiss`ed in the end."""
        if peer not in self._allowed_peers:
            return "this address may not connect"
        if len(self._connections) >= self._limits.connections:
            return "too many connections"
        self._connections.add(connection)
        return None

    def dismiss(self, connection: AgiConnection) -> None:
        """Forget an ended connection."""
        self._connections.discard(connection)

    def route_of(self, fields: Mapping[str, str]) -> tuple[str, Route] | str:
        """Return the route's name and function, or say why the header is refused."""
        offered = fields.get(_PROOF_FIELD, "").encode("utf-8", "replace")
        if not hmac.compare_digest(offered, self._token):
            return "wrong token"
        name = fields.get("network_script", "").partition("?")[0].strip("/")
        route = self._routes.get(name)
        return (name, route) if route is not None else f"no route {name[:40]!r}"

    async def run(self, name: str, route: Route, channel: AgiChannel) -> None:
        """Serve one call to its end. Nothing but cancellation gets out of here: calls share a task group."""
        call = channel.fields.get("uniqueid", "")[:64]
        self._calls += 1
        self._idle.clear()
        try:
            await route(channel)
        except CallerGone:
            _log.info("%s %s: the caller hung up after %d commands", name, call, channel.commands_sent)
        except ReplyOverdue as error:
            _log.error("%s %s: %s; the dialplan's time limit takes the caller on", name, call, error)
        except Exception:
            # Deliberately broad: one call's fault must end neither the server nor another call. IVR_DONE is not set,
            # so the caller goes on to the second server or the fallback.
            _log.exception("%s %s: the route failed; the dialplan takes the caller on", name, call)
        finally:
            self._calls -= 1
            if not self._calls:
                self._idle.set()

    async def _drain(self) -> None:
        try:
            async with asyncio.timeout(self._limits.drain_time):
                await self._idle.wait()
        except TimeoutError:
            _log.warning("%d calls still in the menu after %.0f s: cut", self._calls, self._limits.drain_time)
        for connection in list(self._connections):
            connection.abort()
