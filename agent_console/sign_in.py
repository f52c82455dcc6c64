"""Signing in and out: password, then the second factor where there is one. Owns opening and closing of sessions.

A session begins with the password. While its second factor is missing it opens nothing but the page that asks for it;
with the right code it is closed and another, whole one, begins: its cookie was never sent by the half one.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from agent_console.authentication import Authentication
from agent_console.dependencies import ConsoleDependencies
from agent_console.guessing import Guessing, Visitor
from agent_console.passwords import SHORTEST, hash_in_turn, new_token, token_hash, verify_password
from agent_console.problems import Problem
from storage import audit_repository, second_factor_repository, session_repository, user_repository
from storage.session_repository import FULL, NewSession, Session
from storage.user_repository import User

_LOG = logging.getLogger(__name__)
CODE: Final = "code"
ENROL: Final = "enrol"


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that began: its cookie, and its stage (`full`, or what is still asked for)."""

    cookie: str
    stage: str


class SignIn:
    """Opens and closes sessions."""

    def __init__(self, deps: ConsoleDependencies, authentication: Authentication) -> None:
        self._deps = deps
        self._authentication = authentication
        self.guessing = Guessing(deps.session_key)

    async def with_password(self, username: str, password: str, visitor: Visitor) -> Opened:
        """Open a session. Raises Problem `too_many_attempts` (429) or `not_signed_in` (401)."""
        user = await self._checked(username, password, visitor)
        now = self._deps.clock()
        async with self._deps.database.begin() as connection:
            stage = FULL
            if await second_factor_repository.find(connection, username) is not None:
                stage = CODE
            elif self._deps.doors.needs_second_factor(user.role):
                stage = ENROL
            opened = await self._open(connection, user, stage, visitor)
            if stage == FULL:
                await audit_repository.append(
                    connection, at=now, actor=username, action="sign_in", target=visitor.address
                )
        _LOG.info("%s gave the password, stage %s", username, stage)
        return opened

    async def _checked(self, username: str, password: str, visitor: Visitor) -> User:
        now = self._deps.clock()
        self.guessing.attempt(username, visitor, now)
        async with self._deps.database.read() as connection:
            stored = await user_repository.password_hash_of(connection, username)
            user = await user_repository.get_user(connection, username)
        if await verify_password(stored, password) and user is not None:
            self.guessing.was_good(username, visitor)
            return user
        async with self._deps.database.begin() as connection:
            known = username if stored is not None else "(unknown)"
            await audit_repository.append(
                connection, at=now, actor=known, action="sign_in_refused", target=visitor.address
            )
        raise Problem(401, "not_signed_in", "the user name or the password is wrong")

    async def confirm_password(self, user: User, password: str, visitor: Visitor) -> None:
        """Ask for the password once more, before a lock is changed. Raises Problem like signing in, on `password`."""
        try:
            await self._checked(user.username, password, visitor)
        except Problem as problem:
            if problem.status == 401:
                raise Problem(
                    422, "invalid_field", "the password is wrong", field="password", reason="password_wrong"
                ) from problem
            raise

    async def finish(self, half: Session, visitor: Visitor, how: str) -> str:
        """Turn a half session into a whole one after its second factor was good; return the new cookie."""
        now = self._deps.clock()
        async with self._deps.database.begin() as connection:
            if not await session_repository.close_session(connection, half.id_hash, half.user.username):
                raise Problem(401, "not_signed_in", "this took too long: sign in again")
            opened = await self._open(connection, half.user, FULL, visitor)
            await audit_repository.append(
                connection,
                at=now,
                actor=half.user.username,
                action="sign_in",
                target=visitor.address,
                data={"second_factor": how},
            )
        self._authentication.forget([half.id_hash])
        return opened.cookie

    async def _open(self, connection: AsyncConnection, user: User, stage: str, visitor: Visitor) -> Opened:
        now, doors = self._deps.clock(), self._deps.doors
        cookie = new_token()
        length: timedelta = doors.session_length if stage == FULL else doors.pending_length
        new = NewSession(
            id_hash=token_hash(cookie),
            username=user.username,
            csrf=new_token(),
            stage=stage,
            address=visitor.address,
            device=visitor.browser,
            now=now,
            expires_at=now + length,
        )
        await session_repository.open_session(connection, new, idle_since=now - doors.idle_length)
        return Opened(cookie, stage)

    async def sign_out(self, id_hash: str, username: str, actor: str) -> None:
        """Close one session of an account; a session of another account is not there for it."""
        now = self._deps.clock()
        async with self._deps.database.begin() as connection:
            if await session_repository.close_session(connection, id_hash, username):
                await audit_repository.append(connection, at=now, actor=actor, action="sign_out", target=username)
        self._authentication.forget([id_hash])

    async def sign_out_everywhere(self, username: str, actor: str, *, but: str = "") -> int:
        """Close every session of an account except `but`; return how many."""
        async with self._deps.database.begin() as connection:
            closed = await session_repository.close_sessions_of(connection, username, but=but)
            await audit_repository.append(
                connection, at=self._deps.clock(), actor=actor, action="sign_out_everywhere", target=username
            )
        self._authentication.forget_account(username)
        return closed

    async def change_password(self, user: User, password: str, *, but: str) -> None:
        """Replace the password and sign the account out everywhere else. Raises Problem when it is too short."""
        if len(password) < SHORTEST:
            raise Problem(
                422,
                "invalid_field",
                f"a password has at least {SHORTEST} characters",
                field="new_password",
                reason="password_short",
                least=SHORTEST,
            )
        hashed = await hash_in_turn(password)
        async with self._deps.database.begin() as connection:
            await user_repository.set_password(connection, user.username, hashed)
            await session_repository.close_sessions_of(connection, user.username, but=but)
            await audit_repository.append(
                connection, at=self._deps.clock(), actor=user.username, action="password_changed", target=user.username
            )
        self._authentication.forget_account(user.username)


SIGN_IN = web.AppKey("sign_in", SignIn)
