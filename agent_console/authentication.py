"""Who sends this request: session cookie or bearer token. Owns sign-in, sign-out and the short memory of sessions.

A session that was good a moment ago stays good while the database is down: the operator keeps working, and nothing
is granted that was not granted before.
"""

from __future__ import annotations

import hmac
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from aiohttp import web

from agent_console.dependencies import DEPENDENCIES, ConsoleDependencies
from agent_console.passwords import new_token, token_hash, verify_password
from agent_console.problems import Problem
from agent_console.rate_limit import RateLimit
from storage import audit_repository, session_repository, user_repository
from storage.database import DatabaseDown
from storage.session_repository import Session
from storage.user_repository import User

_LOG = logging.getLogger(__name__)
COOKIE: Final = "centrala_session"
_MEMORY: Final = timedelta(seconds=15)
_MOST_REMEMBERED: Final = 2000


@dataclass(frozen=True, slots=True)
class Principal:
    """The signed-in sender of a request. `csrf` is None for a bearer token, which no browser sends by itself."""

    user: User
    csrf: str | None


PRINCIPAL = web.RequestKey("principal", Principal)


class Authentication:
    """Finds principals, opens and closes sessions, limits guessing."""

    def __init__(self, deps: ConsoleDependencies) -> None:
        self._deps = deps
        self._remembered: dict[str, tuple[datetime, Session]] = {}
        self._by_name = RateLimit(5, timedelta(minutes=5))
        self._by_address = RateLimit(30, timedelta(minutes=5))

    async def principal_of(self, request: web.Request) -> Principal | None:
        """Return the sender, or None when nobody is signed in. Raises DatabaseDown when that cannot be known."""
        header = request.headers.get("Authorization", "")
        if header.startswith("Bearer "):
            async with self._deps.database.read() as connection:
                user = await user_repository.user_of_token(connection, token_hash(header[7:].strip()))
            return Principal(user, None) if user else None
        cookie = request.cookies.get(COOKIE)
        if not cookie:
            return None
        session = await self._session(token_hash(cookie))
        return Principal(session.user, session.csrf) if session else None

    async def _session(self, id_hash: str) -> Session | None:
        now = self._deps.clock()
        seen, session = self._remembered.get(id_hash, (None, None))
        if seen is not None and session is not None and now - seen < _MEMORY and session.expires_at > now:
            return session
        try:
            async with self._deps.database.read() as connection:
                found = await session_repository.find_session(connection, id_hash, now)
        except DatabaseDown:
            if session is not None and session.expires_at > now:
                return session
            raise
        if found is None:
            self._remembered.pop(id_hash, None)
            return None
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.pop(next(iter(self._remembered)))
        self._remembered[id_hash] = (now, found)
        return found

    async def sign_in(self, username: str, password: str, address: str) -> str:
        """Return the cookie of a new session. Raises Problem `too_many_attempts` or `not_signed_in`."""
        now = self._deps.clock()
        wait = max(self._by_name.wait_for(username, now), self._by_address.wait_for(address, now))
        if wait:
            raise Problem(429, "too_many_attempts", f"wait {wait} s and try again", retry_after=wait)
        async with self._deps.database.read() as connection:
            stored = await user_repository.password_hash_of(connection, username)
        good = await verify_password(stored, password)
        async with self._deps.database.begin() as connection:
            if not good:
                self._by_name.failed(username, now)
                self._by_address.failed(address, now)
                known = username if stored is not None else "(unknown)"
                await audit_repository.append(
                    connection, at=now, actor=known, action="sign_in_refused", target=address[:100]
                )
            else:
                cookie = new_token()
                await session_repository.open_session(
                    connection,
                    id_hash=token_hash(cookie),
                    username=username,
                    csrf=new_token(),
                    now=now,
                    expires_at=now + self._deps.session_length,
                )
                await audit_repository.append(
                    connection, at=now, actor=username, action="sign_in", target=address[:100]
                )
        if not good:
            raise Problem(401, "not_signed_in", "the user name or the password is wrong")
        self._by_name.succeeded(username)
        _LOG.info("%s signed in", username)
        return cookie

    async def sign_out(self, request: web.Request) -> None:
        """Close the session of the request's cookie."""
        cookie = request.cookies.get(COOKIE, "")
        self._remembered.pop(token_hash(cookie), None)
        async with self._deps.database.begin() as connection:
            await session_repository.close_session(connection, token_hash(cookie))


AUTHENTICATION = web.AppKey("authentication", Authentication)


def principal(request: web.Request) -> Principal:
    """Return the signed-in sender. Raises Problem when there is none."""
    found: Principal | None = request.get(PRINCIPAL)
    if found is None:
        raise Problem(401, "not_signed_in", "sign in, or send an API token as `Authorization: Bearer …`")
    return found


def same_token(expected: str, given: str) -> bool:
    """Compare two tokens in constant time."""
    return hmac.compare_digest(expected.encode(), given.encode())


def set_cookie(response: web.StreamResponse, request: web.Request, cookie: str) -> None:
    """Put the session's cookie on a response: never readable by scripts, never sent from another site."""
    deps = request.app[DEPENDENCIES]
    response.set_cookie(
        COOKIE,
        cookie,
        max_age=int(deps.session_length.total_seconds()),
        httponly=True,
        samesite="Strict",
        secure=deps.secure_cookie or request.secure,
        path="/",
    )
