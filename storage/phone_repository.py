"""With what each operator answers, browser or SIP phone. Owns the `operator_phones` table."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from calls.phones import PhoneKind
from storage.phone_tables import operator_phones
from storage.upsert import insert_or_update


async def save_choice(connection: AsyncConnection, extension: str, kind: PhoneKind, at: datetime) -> None:
    """Remember the choice for the next start."""
    values = {"extension": extension, "kind": kind.value, "chosen_at": at}
    await insert_or_update(connection, operator_phones, ["extension"], values)


async def choices(connection: AsyncConnection) -> dict[str, PhoneKind]:
    """Return extension → kind of everybody who ever chose."""
    rows = (await connection.execute(select(operator_phones.c.extension, operator_phones.c.kind))).all()
    return {extension: PhoneKind(kind) for extension, kind in rows}
