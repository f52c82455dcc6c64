"""Changes of accounts from the server's command line, each audited and in force at once.

Owns what belongs to a change: who gets another password, role or no second factor is signed out everywhere. The
console notices within seconds and closes what is open.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from agent_console.access import Permission, Role
from agent_console.api_tokens import new_api_token
from agent_console.door_policy import DoorPolicy
from agent_console.passwords import SHORTEST, hash_password, new_token, token_hash
from centrala.databases import now
from centrala.errors import CommandFailed, WrongUsage
from storage import (
    audit_repository,
    second_factor_repository,
    session_repository,
    token_repository,
    user_repository,
)
from storage.database import Database
from storage.token_repository import ApiToken
from storage.user_repository import User

ROLES = tuple(role.value for role in Role)
_SHORTEST_FINGERPRINT = 8


class AccountChanges:
    """Changes under the name of one actor. Every method raises CommandFailed for an account that does not exist."""

    def __init__(self, database: Database, policy: DoorPolicy, actor: str) -> None:
        self._database = database
        self._policy = policy
        self._actor = actor

    async def add(self, user: User, password: str) -> str:
        """Store an account; return its first API token."""
        token = new_token()
        try:
            async with self._database.begin() as connection:
                await user_repository.add_user(
                    connection,
                    user,
                    password_hash=hash_password(password),
                    token_hash=token_hash(token),
                    token_expires_at=self._policy.token_expiry(user.created_at),
                )
                await self._audit(connection, "account_made", user.username, role=user.role)
        except IntegrityError as error:
            raise CommandFailed(f"the name {user.username} or the extension {user.extension} is taken") from error
        return token

    async def set_password(self, username: str, password: str) -> None:
        """Replace a password. Raises WrongUsage when it is too short."""
        if len(password) < SHORTEST:
            raise WrongUsage(f"a password has at least {SHORTEST} characters")
        async with self._database.begin() as connection:
            _found(await user_repository.set_password(connection, username, hash_password(password)), username)
            await session_repository.close_sessions_of(connection, username)
            await self._audit(connection, "password_changed", username)

    async def set_role(self, username: str, role: str) -> None:
        """Give an account another role."""
        async with self._database.begin() as connection:
            _found(await user_repository.set_role(connection, username, role), username)
            await session_repository.close_sessions_of(connection, username)
            await self._audit(connection, "account_role", username, role=role)

    async def set_active(self, username: str, *, active: bool) -> None:
        """Open or close an account."""
        async with self._database.begin() as connection:
            _found(await user_repository.set_active(connection, username, active=active), username)
            if not active:
                await session_repository.close_sessions_of(connection, username)
            await self._audit(connection, "account_opened" if active else "account_closed", username)

    async def reset_factor(self, username: str) -> None:
        """Forget a second factor."""
        async with self._database.begin() as connection:
            if not await second_factor_repository.remove(connection, username):
                raise CommandFailed(f"{username} has no second factor; `centrala user list` shows who has one")
            await session_repository.close_sessions_of(connection, username)
            await self._audit(connection, "second_factor_reset", username)

    async def sign_out(self, username: str) -> int:
        """Sign an account out everywhere; return how many sessions ended."""
        async with self._database.begin() as connection:
            await self._existing(connection, username)
            closed = await session_repository.close_sessions_of(connection, username)
            await self._audit(connection, "sign_out_everywhere", username)
        return closed

    async def make_token(
        self, username: str, label: str, scopes: frozenset[str], days: int | None, *, replace: bool
    ) -> str:
        """Store an API token and return it. Raises WrongUsage for a scope that does not exist."""
        unknown = scopes - {permission.value for permission in Permission}
        if unknown:
            known = ", ".join(sorted(permission.value for permission in Permission if "." in permission.value))
            raise WrongUsage(f"there is no permission {', '.join(sorted(unknown))}; there are: {known}")
        policy = self._policy
        if days is not None:
            policy = DoorPolicy(token_length=timedelta(days=days) if days else None)
        async with self._database.begin() as connection:
            await self._existing(connection, username)
            if replace:
                await token_repository.revoke(connection, username, now())
            clear, token = new_api_token(username, self._actor, label[:60], scopes, now(), policy)
            await self._store(connection, token)
        return clear

    async def _store(self, connection: AsyncConnection, token: ApiToken) -> None:
        await token_repository.add_token(connection, token)
        await self._audit(connection, "token_made", token.username, token=token.token_hash[:12])

    async def revoke_tokens(self, username: str, fingerprint: str) -> int:
        """Revoke tokens whose fingerprint begins so, or `all`; return how many."""
        if fingerprint != "all" and len(fingerprint) < _SHORTEST_FINGERPRINT:
            raise WrongUsage("give 8 letters of the fingerprint or more (`centrala user tokens` shows them), or `all`")
        start = "" if fingerprint == "all" else fingerprint
        async with self._database.begin() as connection:
            await self._existing(connection, username)
            count = await token_repository.revoke(connection, username, now(), starts_with=start)
            if count:
                await self._audit(connection, "token_revoked", username, token=start or "all")
        return count

    async def _existing(self, connection: AsyncConnection, username: str) -> None:
        _found(await user_repository.get_user(connection, username) is not None, username)

    async def _audit(self, connection: AsyncConnection, action: str, username: str, **data: str) -> None:
        await audit_repository.append(
            connection, at=now(), actor=self._actor, action=action, target=username, data=data
        )


def _found(found: bool, username: str) -> None:
    if not found:
        raise CommandFailed(f"there is no account {username}; `centrala user list` shows them")
