"""Accounts of staff. Owns the `users` table; must not know passwords (it stores their hashes) nor sessions.

A first API token may be stored with a new account; everything else about tokens is `token_repository`'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.door_tables import api_tokens
from storage.tables import users


@dataclass(frozen=True, slots=True)
class User:
    """A member of staff. `role` is one of operator, supervisor, utility, crew, administrator."""

    username: str
    role: str
    display_name: str
    extension: str | None
    organisation: str | None
    active: bool
    created_at: datetime
    language: str = ""
    """Of the pages: `sr-Latn`, `sr-Cyrl`, `en`; empty: the town's."""


def user_of_row(row: RowMapping) -> User:
    """Return the account in a row that holds every column of `users` under its own name."""
    return User(
        username=row["username"],
        role=row["role"],
        display_name=row["display_name"],
        extension=row["extension"],
        organisation=row["organisation"],
        active=row["active"],
        created_at=row["created_at"],
        language=row["language"],
    )


async def add_user(
    connection: AsyncConnection,
    user: User,
    *,
    password_hash: str,
    token_hash: str | None,
    token_expires_at: datetime | None = None,
) -> None:
    """Store a new account. `token_hash`: SHA-256 hex of its first API token. Raises IntegrityError when it exists."""
    await connection.execute(
        insert(users).values(
            username=user.username,
            role=user.role,
            display_name=user.display_name,
            extension=user.extension,
            organisation=user.organisation,
            active=user.active,
            created_at=user.created_at,
            language=user.language,
            password_hash=password_hash,
        )
    )
    if token_hash is not None:
        await connection.execute(
            insert(api_tokens).values(
                token_hash=token_hash,
                username=user.username,
                label="first",
                scopes="",
                created_at=user.created_at,
                created_by=user.username,
                expires_at=token_expires_at,
            )
        )


async def get_user(connection: AsyncConnection, username: str) -> User | None:
    """Return the account, active or not."""
    row = (await connection.execute(select(users).where(users.c.username == username))).mappings().first()
    return user_of_row(row) if row else None


async def password_hash_of(connection: AsyncConnection, username: str) -> str | None:
    """Return the stored password hash of an active account."""
    query = select(users.c.password_hash).where(users.c.username == username, users.c.active)
    value: str | None = await connection.scalar(query)
    return value


async def user_of_extension(connection: AsyncConnection, extension: str) -> User | None:
    """Return the active account that owns the extension."""
    query = select(users).where(users.c.extension == extension, users.c.active)
    row = (await connection.execute(query)).mappings().first()
    return user_of_row(row) if row else None


async def list_users(connection: AsyncConnection) -> tuple[User, ...]:
    """Return every account by name."""
    rows = (await connection.execute(select(users).order_by(users.c.username))).mappings().all()
    return tuple(user_of_row(row) for row in rows)


async def set_password(connection: AsyncConnection, username: str, password_hash: str) -> bool:
    """Replace the password; return False when there is no such account."""
    change = update(users).where(users.c.username == username).values(password_hash=password_hash)
    return (await connection.execute(change)).rowcount == 1


async def set_role(connection: AsyncConnection, username: str, role: str) -> bool:
    """Give the account another role; return False when there is no such account."""
    change = update(users).where(users.c.username == username).values(role=role)
    return (await connection.execute(change)).rowcount == 1


async def set_language(connection: AsyncConnection, username: str, language: str) -> None:
    """Remember the language of the account's pages."""
    await connection.execute(update(users).where(users.c.username == username).values(language=language))


async def set_active(connection: AsyncConnection, username: str, *, active: bool) -> bool:
    """Open or close an account; return False when there is no such account."""
    result = await connection.execute(update(users).where(users.c.username == username).values(active=active))
    return result.rowcount == 1
