"""Table of callbacks that citizens asked for while they waited. Owns names and types."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table

from storage.schema import BigId, UtcDateTime, metadata

callbacks = Table(
    "callbacks",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("linkedid", String(64), nullable=False, unique=True),  # the call in which it was asked for
    Column("queue", String(64), nullable=False),
    Column("language", String(8), nullable=False, default=""),
    Column("priority", Integer, nullable=False, default=0),
    Column("queued_at", UtcDateTime, nullable=False),  # since when the citizen has waited: the place in the queue
    Column("asked_at", UtcDateTime, nullable=False),
    Column("caller_token", String(64), nullable=False, index=True),  # whom to call; the number is in the identity store
    Column("state", String(16), nullable=False, index=True),  # waiting | dialling | done | cancelled | failed
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_at", UtcDateTime, nullable=False),
    Column("call_linkedid", String(64)),  # of the newest attempt
    Column("dialled_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("reason", String(32), nullable=False, default=""),  # of the end: reached | called_again | unreachable
)
