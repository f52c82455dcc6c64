"""Short-lived logins of phones in a browser. Owns who has one, for how long, and which page holds the phone.

A login lives for minutes and is renewed by the page that holds it. It is random, is given to that page alone, and
replaces the one before, so what a page that is gone knew is worth nothing. It is kept nowhere but in the PBX.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from agent_console.problems import Problem
from calls.ports import BrowserPhones, CallControlError, Clock

_LOG = logging.getLogger(__name__)
LIFETIME: Final = timedelta(minutes=10)
"""Renewed at half of it; a call that goes on outlives its login."""
LOOK: Final = 15.0
"""Seconds between looks for logins that have run out."""


@dataclass(frozen=True, slots=True)
class Login:
    """What a page registers with. `lease` names the page's hold on the phone; it opens nothing."""

    password: str
    lease: str
    expires_at: datetime


class PhoneLogins:
    """Run `run()` in a task of the application."""

    def __init__(self, phones: BrowserPhones, clock: Clock) -> None:
        self._phones = phones
        self._clock = clock
        self._held: dict[str, tuple[str, datetime]] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def give(self, extension: str, lease: str | None) -> Login:
        """Make a new login. `lease`: of a page that renews; None takes the phone over from whichever page has it.

        Raises Problem `phone_elsewhere` when another page took over since, CallControlError when the PBX refused.
        """
        async with self._turns[extension]:
            holder, until = self._held.get(extension, ("", self._clock()))
            if lease is not None and holder not in ("", lease) and until > self._clock():
                raise Problem(409, "phone_elsewhere", "this phone is open in another window or on another computer")
            login = Login(
                password=secrets.token_urlsafe(24),
                lease=lease or secrets.token_hex(8),
                expires_at=self._clock() + LIFETIME,
            )
            await self._phones.set_login(extension, login.password)
            self._held[extension] = (login.lease, login.expires_at)
            return login

    async def take_back(self, extension: str) -> None:
        """Make the login void. Raises CallControlError."""
        async with self._turns[extension]:
            await self._void(extension)

    async def _void(self, extension: str) -> None:
        await self._phones.set_login(extension, secrets.token_urlsafe(24))
        self._held.pop(extension, None)

    def adopt(self, extensions: Collection[str]) -> None:
        """After a restart: these operators' pages may hold a login that this process does not know. It ends in time."""
        for extension in extensions:
            self._held.setdefault(extension, ("", self._clock() + LIFETIME))

    async def end_those_over(self) -> None:
        """Void what has run out; what the PBX does not accept now is tried again."""
        for extension in list(self._held):
            async with self._turns[extension]:  # a page that asks for a new one at this moment keeps it
                _, until = self._held.get(extension, ("", self._clock() + LIFETIME))
                if until > self._clock():
                    continue
                try:
                    await self._void(extension)
                except CallControlError as error:
                    _LOG.warning("the login of the browser phone %s is still good: %s", extension, error)

    async def run(self) -> None:
        """Look again and again until cancelled."""
        while True:
            await self.end_those_over()
            await asyncio.sleep(LOOK)
