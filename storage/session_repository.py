"""Signed-in browsers. Owns the `sessions` table; must not know the cookie itself (it stores its SHA-256).

A session ends in three ways: its time is over (`expires_at`), nobody was there for too long (`seen_at`), or somebody
closed it. The first two are asked for with the times given; the row is removed with the next sign-in.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import sessions, users
from storage.user_repository import User, user_of_row

FULL = "full"


@dataclass(frozen=True, slots=True)
class Session:
    """A browser and its account. `stage`: `full`, or `code`/`enrol` while the second factor is missing."""

    id_hash: str
    user: User
    csrf: str
    stage: str
    address: str
    device: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class NewSession:
    """What is stored of a session that begins."""

    id_hash: str
    username: str
    csrf: str
    stage: str
    address: str
    device: str
    now: datetime
    expires_at: datetime


def _session(row: RowMapping) -> Session:
    return Session(
        id_hash=row["id_hash"],
        user=user_of_row(row),
        csrf=row["csrf"],
        stage=row["stage"],
        address=row["address"],
        device=row["device"],
        created_at=row["session_created_at"],
        seen_at=row["seen_at"],
        expires_at=row["expires_at"],
    )


_JOINED = select(
    users,
    sessions.c.created_at.label("session_created_at"),
    *(column for column in sessions.c if column.name not in ("username", "created_at")),
).join(users, users.c.username == sessions.c.username)


async def open_session(connection: AsyncConnection, new: NewSession, *, idle_since: datetime) -> None:
    """Store a session; those that have run out, or that nobody used since `idle_since`, are removed on the way."""
    over = or_(sessions.c.expires_at <= new.now, sessions.c.seen_at <= idle_since)
    await connection.execute(delete(sessions).where(over))
    await connection.execute(
        insert(sessions).values(
            id_hash=new.id_hash,
            username=new.username,
            csrf=new.csrf,
            stage=new.stage,
            address=new.address,
            device=new.device,
            created_at=new.now,
            seen_at=new.now,
            expires_at=new.expires_at,
        )
    )


async def find_session(connection: AsyncConnection, id_hash: str, now: datetime) -> Session | None:
    """Return the session when it has not run out and its account is still open."""
    query = _JOINED.where(sessions.c.id_hash == id_hash, sessions.c.expires_at > now, users.c.active)
    row = (await connection.execute(query)).mappings().first()
    return _session(row) if row else None


async def sessions_of(
    connection: AsyncConnection, now: datetime, idle_since: datetime, username: str | None = None
) -> tuple[Session, ...]:
    """Return the sessions that are open, of one account or of all, the last used first."""
    query = _JOINED.where(
        sessions.c.expires_at > now, sessions.c.seen_at > idle_since, sessions.c.stage == FULL, users.c.active
    ).order_by(sessions.c.seen_at.desc(), sessions.c.id_hash)
    if username is not None:
        query = query.where(sessions.c.username == username)
    return tuple(_session(row) for row in (await connection.execute(query)).mappings().all())


async def open_among(connection: AsyncConnection, hashes: Collection[str], now: datetime) -> Mapping[str, User]:
    """Return id → account of those sessions that are still open and whose account is, too."""
    query = _JOINED.where(
        sessions.c.id_hash.in_(hashes), sessions.c.expires_at > now, sessions.c.stage == FULL, users.c.active
    )
    rows = (await connection.execute(query)).mappings().all()
    return {row["id_hash"]: user_of_row(row) for row in rows}


async def touch(connection: AsyncConnection, hashes: Collection[str], now: datetime) -> None:
    """Remember that somebody is there."""
    await connection.execute(update(sessions).where(sessions.c.id_hash.in_(hashes)).values(seen_at=now))


async def close_session(connection: AsyncConnection, id_hash: str, username: str) -> bool:
    """Forget a session of an account; return False when it was not there, which is no error."""
    mine = (sessions.c.id_hash == id_hash, sessions.c.username == username)
    return (await connection.execute(delete(sessions).where(*mine))).rowcount == 1


async def close_sessions_of(connection: AsyncConnection, username: str, *, but: str = "") -> int:
    """Sign the account out everywhere, except in session `but`; return how many sessions that closed."""
    result = await connection.execute(
        delete(sessions).where(sessions.c.username == username, sessions.c.id_hash != but)
    )
    return result.rowcount
