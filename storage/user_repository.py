"""Accounts of staff. Owns the `users` table; must not know passwords (it stores their hashes) nor sessions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

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


def _user(row: RowMapping) -> User:
    return User(
        username=row["username"],
        role=row["role"],
        display_name=row["display_name"],
        extension=row["extension"],
        organisation=row["organisation"],
        active=row["active"],
        created_at=row["created_at"],
    )


async def add_user(connection: AsyncConnection, user: User, *, password_hash: str, token_hash: str | None) -> None:
    """Store a new account. `token_hash` is the SHA-256 hex of the API token. Raises IntegrityError when it exists."""
    await connection.execute(
        insert(users).values(
            username=user.username,
            role=user.role,
            display_name=user.display_name,
            extension=user.extension,
            organisation=user.organisation,
            active=user.active,
            created_at=user.created_at,
            password_hash=password_hash,
            token_hash=token_hash,
        )
    )


async def get_user(connection: AsyncConnection, username: str) -> User | None:
    """Return the account, active or not."""
    row = (await connection.execute(select(users).where(users.c.username == username))).mappings().first()
    return _user(row) if row else None


async def password_hash_of(connection: AsyncConnection, username: str) -> str | None:
    """Return the stored password hash of an active account."""
    query = select(users.c.password_hash).where(users.c.username == username, users.c.active)
    value: str | None = await connection.scalar(query)
    return value


async def user_of_token(connection: AsyncConnection, token_hash: str) -> User | None:
    """Return the active account whose API token has this SHA-256."""
    query = select(users).where(users.c.token_hash == token_hash, users.c.active)
    row = (await connection.execute(query)).mappings().first()
    return _user(row) if row else None


async def user_of_extension(connection: AsyncConnection, extension: str) -> User | None:
    """Return the active account that owns the extension."""
    query = select(users).where(users.c.extension == extension, users.c.active)
    row = (await connection.execute(query)).mappings().first()
    return _user(row) if row else None


async def list_users(connection: AsyncConnection) -> tuple[User, ...]:
    """Return every account by name."""
    rows = (await connection.execute(select(users).order_by(users.c.username))).mappings().all()
    return tuple(_user(row) for row in rows)


async def set_credentials(
    connection: AsyncConnection, username: str, *, password_hash: str | None = None, token_hash: str | None = None
) -> bool:
    """Replace what is given; return False when there is no such account."""
    changes: Mapping[str, Any] = {
        key: value for key, value in (("password_hash", password_hash), ("token_hash", token_hash)) if value is not None
    }
    if not changes:
        raise ValueError("nothing to change: give a password hash or a token hash")
    result = await connection.execute(update(users).where(users.c.username == username).values(**changes))
    return result.rowcount == 1


async def set_active(connection: AsyncConnection, username: str, *, active: bool) -> bool:
    """Open or close an account; return False when there is no such account."""
    result = await connection.execute(update(users).where(users.c.username == username).values(active=active))
    return result.rowcount == 1
