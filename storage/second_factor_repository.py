"""Second factors and recovery codes. Owns their tables; must not know secrets: it stores what others sealed or hashed.

That a code counts once is decided here, by the database, so that two requests at the same moment cannot both win.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.door_tables import recovery_codes, second_factors


@dataclass(frozen=True, slots=True)
class StoredFactor:
    """A second factor: its sealed secret, and the time step of the newest code that was accepted."""

    username: str
    sealed: str
    enrolled_at: datetime
    last_step: int


async def find(connection: AsyncConnection, username: str) -> StoredFactor | None:
    """Return the account's second factor."""
    query = select(second_factors).where(second_factors.c.username == username)
    row = (await connection.execute(query)).mappings().first()
    return StoredFactor(row["username"], row["sealed"], row["enrolled_at"], row["last_step"]) if row else None


async def enrolled(connection: AsyncConnection) -> frozenset[str]:
    """Return the accounts that have one."""
    return frozenset((await connection.scalars(select(second_factors.c.username))).all())


async def enrol(connection: AsyncConnection, factor: StoredFactor, code_hashes: Collection[str]) -> None:
    """Store a second factor in place of any before it, with its recovery codes."""
    await remove(connection, factor.username)
    await connection.execute(
        insert(second_factors).values(
            username=factor.username,
            sealed=factor.sealed,
            enrolled_at=factor.enrolled_at,
            last_step=factor.last_step,
        )
    )
    await replace_codes(connection, factor.username, code_hashes)


async def replace_codes(connection: AsyncConnection, username: str, code_hashes: Collection[str]) -> None:
    """Put new recovery codes in place of the old ones."""
    await connection.execute(delete(recovery_codes).where(recovery_codes.c.username == username))
    await connection.execute(
        insert(recovery_codes), [{"username": username, "code_hash": one} for one in sorted(code_hashes)]
    )


async def take_step(connection: AsyncConnection, username: str, step: int) -> bool:
    """Accept the code of a time step; return False when that step, or a later one, was accepted before."""
    result = await connection.execute(
        update(second_factors)
        .where(second_factors.c.username == username, second_factors.c.last_step < step)
        .values(last_step=step)
    )
    return result.rowcount == 1


async def take_recovery_code(connection: AsyncConnection, username: str, code_hash: str, now: datetime) -> bool:
    """Accept a recovery code; return False when there is none such or it was used."""
    result = await connection.execute(
        update(recovery_codes)
        .where(
            recovery_codes.c.username == username,
            recovery_codes.c.code_hash == code_hash,
            recovery_codes.c.used_at.is_(None),
        )
        .values(used_at=now)
    )
    return result.rowcount == 1


async def codes_left(connection: AsyncConnection, username: str) -> int:
    """Return how many recovery codes are unused."""
    query = (
        select(func.count())
        .select_from(recovery_codes)
        .where(recovery_codes.c.username == username, recovery_codes.c.used_at.is_(None))
    )
    return int(await connection.scalar(query) or 0)


async def remove(connection: AsyncConnection, username: str) -> bool:
    """Forget the account's second factor and its codes; return False when there was none."""
    await connection.execute(delete(recovery_codes).where(recovery_codes.c.username == username))
    result = await connection.execute(delete(second_factors).where(second_factors.c.username == username))
    return result.rowcount == 1
