"""Answers already given to requests that carried an `Idempotency-Key`. Owns the `idempotency_keys` table.

A key is claimed before the work begins (status 0) and gets its answer afterwards, so that of two equal requests
at the same moment only one does the work.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import idempotency_keys

IN_PROGRESS = 0


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """HTTP status (0 = the first request is still at work) and body of the answer."""

    status: int
    body: str


async def find(connection: AsyncConnection, key: str) -> StoredAnswer | None:
    """Return what was answered under this key."""
    row = (await connection.execute(select(idempotency_keys).where(idempotency_keys.c.key == key))).mappings().first()
    return StoredAnswer(row["status"], row["body"]) if row else None


async def claim(connection: AsyncConnection, key: str, *, body: str, now: datetime) -> bool:
    """Take the key, or return False when somebody has it. `body` tells equal requests from different ones."""
    try:
        async with connection.begin_nested():
            await connection.execute(
                insert(idempotency_keys).values(key=key, status=IN_PROGRESS, body=body, created_at=now)
            )
    except IntegrityError:
        return False
    return True


async def answer(connection: AsyncConnection, key: str, *, status: int, body: str) -> None:
    """Store the answer under a claimed key."""
    await connection.execute(
        update(idempotency_keys).where(idempotency_keys.c.key == key).values(status=status, body=body)
    )


async def release(connection: AsyncConnection, key: str) -> None:
    """Give a claimed key back: the work failed and may be tried again."""
    await connection.execute(
        delete(idempotency_keys).where(idempotency_keys.c.key == key, idempotency_keys.c.status == IN_PROGRESS)
    )


async def purge(connection: AsyncConnection, *, older_than: datetime) -> int:
    """Forget old keys, also those whose process died at work; return how many."""
    result = await connection.execute(delete(idempotency_keys).where(idempotency_keys.c.created_at < older_than))
    return int(result.rowcount)
