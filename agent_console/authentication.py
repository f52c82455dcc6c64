"""Who sends this request: session cookie or bearer token. Owns the short memory of sessions and who is still there.

A session that was good a moment ago stays good while the database is down: the operator keeps working, and nothing
is granted that was not granted before. An open page is a sign of life: a quiet line never signs anybody out.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from aiohttp import web

from agent_console.access import Permission, may
from agent_console.dependencies import DEPENDENCIES, ConsoleDependencies
from agent_console.passwords import token_hash
from agent_console.problems import Problem
from storage import audit_repository, session_repository, token_repository
from storage.database import DatabaseDown
from storage.session_repository import FULL, Session
from storage.user_repository import User

COOKIE: Final = "centrala_session"
_MEMORY: Final = timedelta(seconds=15)
_MOST_REMEMBERED: Final = 2000


@dataclass(frozen=True, slots=True)
class Door:
    """What a sender came in by: a session or a token, named by its hash."""

    kind: str
    id_hash: str


@dataclass(frozen=True, slots=True)
class Principal:
    """The signed-in sender of a request. `csrf` is None for a bearer token, which no browser sends by itself.

    `scopes` narrows a token to some permissions; empty: all that the role may.
    """

    user: User
    csrf: str | None
    door: Door
    scopes: frozenset[str] = frozenset()

    def may(self, permission: Permission) -> bool:
        """Say whether this sender has the permission."""
        if not may(self.user.role, permission):
            return False
        return not self.scopes or permission in (Permission.PUBLIC, Permission.SIGNED_IN) or permission in self.scopes


PRINCIPAL = web.RequestKey("principal", Principal)
HALF = web.RequestKey("half", Session)
"""A session whose password was good and whose second factor is missing; only the pages that ask for it get it."""


class Authentication:
    """Finds principals; remembers sessions for a moment, and when each was last seen."""

    def __init__(self, deps: ConsoleDependencies) -> None:
        self._deps = deps
        self._remembered: dict[str, tuple[datetime, Session]] = {}
        self._seen: dict[str, datetime] = {}
        self._untold: set[str] = set()

    async def principal_of(self, request: web.Request) -> Principal | None:
        """Return the sender, or None when nobody is signed in. Raises DatabaseDown when that cannot be known."""
        header = request.headers.get("Authorization", "")
        if header.startswith("Bearer "):
            return await self._bearer(token_hash(header[7:].strip()), request)
        session = await self.session_of(request)
        if session is None or session.stage != FULL:
            return None
        return Principal(session.user, session.csrf, Door("session", session.id_hash))

    async def session_of(self, request: web.Request) -> Session | None:
        """Return the session of the request's cookie, whole or half."""
        cookie = request.cookies.get(COOKIE)
        return await self._session(token_hash(cookie)) if cookie else None

    async def _bearer(self, hashed: str, request: web.Request) -> Principal | None:
        now = self._deps.clock()
        async with self._deps.database.read() as connection:
            found = await token_repository.find_token(connection, hashed, now)
        if found is None:
            return None
        user, token = found
        if token.last_used_at is None or now - token.last_used_at > timedelta(minutes=1):
            async with self._deps.database.begin() as connection:
                await token_repository.used(connection, hashed, now)
                if token.last_used_at is None:
                    data = {"token": hashed[:12]}
                    address = (request.remote or "unknown")[:64]
                    await audit_repository.append(
                        connection, at=now, actor=user.username, action="token_first_used", target=address, data=data
                    )
        return Principal(user, None, Door("token", hashed), token.scopes)

    async def _session(self, id_hash: str) -> Session | None:
        now = self._deps.clock()
        read_at, session = self._remembered.get(id_hash, (None, None))
        if read_at is None or session is None or now - read_at >= _MEMORY:
            try:
                async with self._deps.database.read() as connection:
                    found = await session_repository.find_session(connection, id_hash, now)
            except DatabaseDown:
                if session is None:
                    raise
                found = session
            else:
                self._remember(id_hash, found, now)
            session = found
        if session is None or session.expires_at <= now or self._idle(session, now):
            self.forget([id_hash])
            return None
        self.is_there(id_hash)
        return session

    def _remember(self, id_hash: str, session: Session | None, now: datetime) -> None:
        self._remembered.pop(id_hash, None)
        if session is None:
            return
        if len(self._remembered) >= _MOST_REMEMBERED:
            oldest = next(iter(self._remembered))
            self._remembered.pop(oldest)
        self._remembered[id_hash] = (now, session)

    def _idle(self, session: Session, now: datetime) -> bool:
        seen = max(session.seen_at, self._seen.get(session.id_hash, session.seen_at))
        return now - seen > self._deps.doors.idle_length

    def is_there(self, id_hash: str) -> None:
        """Note a sign of life of a session."""
        self._seen[id_hash] = self._deps.clock()
        self._untold.add(id_hash)

    def take_untold(self) -> frozenset[str]:
        """Return the sessions seen since the last time this was asked; the database does not know yet."""
        untold = frozenset(self._untold)
        self._untold.clear()
        return untold

    def remembered(self) -> frozenset[str]:
        """Return the sessions that requests are let in by without asking the database."""
        return frozenset(self._remembered)

    def forget_account(self, username: str) -> None:
        """Ask the database again about every session of an account."""
        self.forget([one for one, (_, session) in self._remembered.items() if session.user.username == username])

    def halves(self) -> frozenset[str]:
        """Return the remembered sessions whose second factor is missing."""
        return frozenset(one for one, (_, session) in self._remembered.items() if session.stage != FULL)

    def forget(self, hashes: Collection[str]) -> None:
        """Ask the database again about these sessions."""
        for id_hash in hashes:
            self._remembered.pop(id_hash, None)
            self._seen.pop(id_hash, None)
            self._untold.discard(id_hash)


AUTHENTICATION = web.AppKey("authentication", Authentication)


def principal(request: web.Request) -> Principal:
    """Return the signed-in sender. Raises Problem when there is none."""
    found: Principal | None = request.get(PRINCIPAL)
    if found is None:
        raise Problem(401, "not_signed_in", "sign in, or send an API token as `Authorization: Bearer …`")
    return found


def same_token(expected: str, given: str) -> bool:
    """Compare two tokens in constant time."""
    return hmac.compare_digest(expected.encode(), given.encode(errors="surrogateescape"))


def is_secure(request: web.Request) -> bool:
    """Say whether cookies may travel over TLS only."""
    return request.app[DEPENDENCIES].secure_cookie or request.secure


def set_cookie(response: web.StreamResponse, request: web.Request, cookie: str) -> None:
    """Put the session's cookie on a response: never readable by scripts, never sent from another site."""
    response.set_cookie(
        COOKIE,
        cookie,
        max_age=int(request.app[DEPENDENCIES].doors.session_length.total_seconds()),
        httponly=True,
        samesite="Strict",
        secure=is_secure(request),
        path="/",
    )
