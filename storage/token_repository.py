"""API tokens of accounts. Owns the `api_tokens` table; must not know a token itself (it stores its SHA-256)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, RowMapping, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.door_tables import api_tokens
from storage.tables import users
from storage.user_repository import User, user_of_row

_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token as it is stored. `scopes`: permissions it is narrowed to; empty: all that its account may."""

    token_hash: str
    username: str
    label: str
    scopes: frozenset[str]
    created_at: datetime
    created_by: str
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None

    def is_good(self, now: datetime) -> bool:
        """Say whether it opens anything now."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)


_CREATED = api_tokens.c.created_at.label("token_created_at")
_COLUMNS = (_CREATED, *(column for column in api_tokens.c if column.name not in ("username", "created_at")))


def _token(row: RowMapping) -> ApiToken:
    return ApiToken(
        token_hash=row["token_hash"],
        username=row["username"],
        label=row["label"],
        scopes=frozenset(row["scopes"].split()),
        created_at=row["token_created_at"],
        created_by=row["created_by"],
        expires_at=row["expires_at"],
        last_used_at=row["last_used_at"],
        revoked_at=row["revoked_at"],
    )


async def add_token(connection: AsyncConnection, token: ApiToken) -> None:
    """Store a new token."""
    await connection.execute(
        insert(api_tokens).values(
            token_hash=token.token_hash,
            username=token.username,
            label=token.label,
            scopes=" ".join(sorted(token.scopes)),
            created_at=token.created_at,
            created_by=token.created_by,
            expires_at=token.expires_at,
        )
    )


async def find_token(connection: AsyncConnection, token_hash: str, now: datetime) -> tuple[User, ApiToken] | None:
    """Return account and token when both are good now."""
    query = (
        select(users, *_COLUMNS)
        .select_from(api_tokens)
        .join(users, users.c.username == api_tokens.c.username)
        .where(api_tokens.c.token_hash == token_hash, users.c.active, *_good(now))
    )
    row = (await connection.execute(query)).mappings().first()
    return (user_of_row(row), _token(row)) if row else None


def _good(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        api_tokens.c.revoked_at.is_(None),
        or_(api_tokens.c.expires_at.is_(None), api_tokens.c.expires_at > now),
    )


async def good_among(connection: AsyncConnection, hashes: Collection[str], now: datetime) -> Mapping[str, User]:
    """Return hash → account of those tokens that still open something."""
    query = (
        select(users, *_COLUMNS)
        .select_from(api_tokens)
        .join(users, users.c.username == api_tokens.c.username)
        .where(api_tokens.c.token_hash.in_(hashes), users.c.active, *_good(now))
    )
    rows = (await connection.execute(query)).mappings().all()
    return {row["token_hash"]: user_of_row(row) for row in rows}


async def used(connection: AsyncConnection, token_hash: str, now: datetime) -> None:
    """Remember that the token was used, to the minute."""
    await connection.execute(
        update(api_tokens)
        .where(
            api_tokens.c.token_hash == token_hash,
            or_(api_tokens.c.last_used_at.is_(None), api_tokens.c.last_used_at < now - _SEEN_EVERY),
        )
        .values(last_used_at=now)
    )


async def tokens_of(connection: AsyncConnection, username: str | None = None) -> tuple[ApiToken, ...]:
    """Return the tokens that are not revoked, of one account or of all, newest first."""
    query = select(api_tokens.c.username, *_COLUMNS).where(api_tokens.c.revoked_at.is_(None))
    if username is not None:
        query = query.where(api_tokens.c.username == username)
    rows = (await connection.execute(query.order_by(api_tokens.c.created_at.desc()))).mappings().all()
    return tuple(_token(row) for row in rows)


async def revoke(connection: AsyncConnection, username: str, now: datetime, *, starts_with: str = "") -> int:
    """Close the account's tokens whose hash starts so (empty: all); return how many that were."""
    result = await connection.execute(
        update(api_tokens)
        .where(
            api_tokens.c.username == username,
            api_tokens.c.revoked_at.is_(None),
            api_tokens.c.token_hash.startswith(starts_with, autoescape=True),
        )
        .values(revoked_at=now)
    )
    return result.rowcount
