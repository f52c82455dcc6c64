"""Signed-in browsers. Owns the `sessions` table; must not know the cookie itself (it stores its SHA-256)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import sessions, users
from storage.user_repository import User


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser: whose it is, and the token its forms must carry."""

    user: User
    csrf: str
    expires_at: datetime


async def open_session(
    connection: AsyncConnection, *, id_hash: str, username: str, csrf: str, now: datetime, expires_at: datetime
) -> None:
    """Store a session; sessions that have run out are removed on the way."""
    await connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
    await connection.execute(
        insert(sessions).values(id_hash=id_hash, username=username, csrf=csrf, created_at=now, expires_at=expires_at)
    )


async def find_session(connection: AsyncConnection, id_hash: str, now: datetime) -> Session | None:
    """Return the session when it has not run out and its account is still open."""
    query = (
        select(sessions.c.csrf, sessions.c.expires_at, users)
        .join(users, users.c.username == sessions.c.username)
        .where(sessions.c.id_hash == id_hash, sessions.c.expires_at > now, users.c.active)
    )
    row = (await connection.execute(query)).mappings().first()
    if row is None:
        return None
    user = User(
        username=row["username"],
        role=row["role"],
        display_name=row["display_name"],
        extension=row["extension"],
        organisation=row["organisation"],
        active=row["active"],
        created_at=row["created_at"],
    )
    return Session(user=user, csrf=row["csrf"], expires_at=row["expires_at"])


async def close_session(connection: AsyncConnection, id_hash: str) -> None:
    """Forget the session; unknown is not an error."""
    await connection.execute(delete(sessions).where(sessions.c.id_hash == id_hash))


async def close_sessions_of(connection: AsyncConnection, username: str) -> None:
    """Sign the account out everywhere (password changed, account closed)."""
    await connection.execute(delete(sessions).where(sessions.c.username == username))
