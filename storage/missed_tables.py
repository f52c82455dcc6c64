"""Tables of calling back: who called which missed caller when, and how it ended. Owns names and types.

No number stands here: the caller is a token, as in `tables.py`.
"""

from __future__ import annotations

from sqlalchemy import Column, String, Table, Text

from storage.schema import BigId, UtcDateTime, metadata

missed_attempts = Table(
    "missed_attempts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("missed_id", BigId, index=True),  # the row that was clicked; NULL: the call was not on the missed list
    Column("called", String(64), nullable=False, index=True),  # linkedid of the call that is being answered for
    Column("caller_token", String(64), nullable=False, index=True),
    Column("linkedid", String(64), nullable=False, unique=True),  # the new call, known before anything rings
    Column("username", String(64), nullable=False),
    Column("extension", String(16), nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),  # NULL: goes on
    Column("outcome", String(24)),  # reached | not_reached | operator_absent | failed
    Column("detail", Text, nullable=False, default=""),
)
