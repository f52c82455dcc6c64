"""Watches over what is open: a closed session, a revoked token, another role ends its live connections within seconds.

Accounts change in other processes too (the command line), so the database is asked, one question for all of them.
Owns the rhythm; must not know what travels over a connection.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Final

from aiohttp import web

from agent_console.authentication import Authentication
from agent_console.dependencies import ConsoleDependencies
from agent_console.live import LiveHub
from storage import session_repository, token_repository
from storage.database import DatabaseDown

_LOG = logging.getLogger(__name__)
EVERY_SECONDS: Final = 2.0
_TELL_EVERY: Final = timedelta(minutes=1)
GONE: Final = 4401
CHANGED: Final = 4403


class AccountWatch:
    """Compares live connections and remembered sessions with the stored accounts."""

    def __init__(self, deps: ConsoleDependencies, authentication: Authentication, hub: LiveHub) -> None:
        self._deps = deps
        self._authentication = authentication
        self._hub = hub
        self._told_at: datetime | None = None
        self._turn = asyncio.Lock()

    async def run(self) -> None:
        """Watch until cancelled. While the database is down nothing is closed and nothing new is granted."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            try:
                await self.step()
            except DatabaseDown as error:
                _LOG.warning("open sessions are not compared: %s", error)

    async def step(self) -> None:
        """Compare once. Raises DatabaseDown."""
        async with self._turn:  # when this returns, what another step took to store is stored
            await self._compare()

    async def _compare(self) -> None:
        now = self._deps.clock()
        clients = self._hub.connected()
        connected = {client.door for client in clients if client.kind == "session"}
        tokens = {client.door for client in clients if client.kind == "token"}
        for id_hash in connected:
            self._authentication.is_there(id_hash)
        asked = connected | self._authentication.remembered()
        if not asked and not tokens:
            return
        async with self._deps.database.read() as connection:
            users = await session_repository.open_among(connection, asked, now) if asked else {}
            good = await token_repository.good_among(connection, tokens, now) if tokens else {}
        self._authentication.forget(asked - users.keys() - self._authentication.halves())
        for client in clients:
            user = users.get(client.door) if client.kind == "session" else good.get(client.door)
            if user is None:
                self._hub.dismiss(client, GONE)
            elif (user.role, user.extension or "") != (client.role, client.extension):
                self._authentication.forget([client.door])
                self._hub.dismiss(client, CHANGED)
        await self._tell(now)

    async def _tell(self, now: datetime) -> None:
        if self._told_at is not None and now - self._told_at < _TELL_EVERY:
            return
        self._told_at = now
        seen = self._authentication.take_untold()
        if seen:
            async with self._deps.database.begin() as connection:
                await session_repository.touch(connection, seen, now)


WATCH = web.AppKey("account_watch", AccountWatch)
