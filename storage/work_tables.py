"""Tables of operators' work: sessions, what they did from when to when, parts of conversations, outcomes.

Owns names and types. Written by the console process alone: operators' states by the roster, parts of conversations by
call control and record keeping. Reports read them. Nothing here identifies a citizen.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, String, Table, Text, UniqueConstraint

from storage.schema import BigId, UtcDateTime, metadata

operator_sessions = Table(
    "operator_sessions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("username", String(64), nullable=False),
    Column("extension", String(16), nullable=False, index=True),
    Column("began_at", UtcDateTime, nullable=False, index=True),
    Column("ended_at", UtcDateTime),  # NULL: goes on
    Column("end_reason", String(32), nullable=False, default=""),  # offline | supervisor | replaced
)

# What an operator did. The rows of a session touch one another and cover it: ready + paused + ringing + talking +
# wrap-up = session, whatever crashed meanwhile.
operator_activity = Table(
    "operator_activity",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("session_id", String(64), ForeignKey("operator_sessions.id"), nullable=False, index=True),
    Column("username", String(64), nullable=False),
    Column("extension", String(16), nullable=False),
    Column("activity", String(16), nullable=False),  # ready | paused | ringing | talking | wrapup
    Column("reason", String(64), nullable=False, default=""),  # of a pause; `connection` when the console was lost
    Column("queue", String(64), nullable=False, default=""),
    Column("linkedid", String(64), index=True),  # of ringing, talking, wrapup
    Column("began_at", UtcDateTime, nullable=False, index=True),
    Column("ended_at", UtcDateTime),  # NULL: goes on
    UniqueConstraint("session_id", "began_at"),
)

# Parts of a conversation, a row for each operator and kind; one operator's rows never overlap.
call_segments = Table(
    "call_segments",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("linkedid", String(64), nullable=False, index=True),
    Column("operator", String(32), nullable=False, index=True),  # extension
    Column("queue", String(64), nullable=False, default=""),
    Column("kind", String(16), nullable=False),  # talk | hold | consult | conference
    Column("began_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    UniqueConstraint("linkedid", "operator", "kind", "began_at"),
)

# How a conversation ended, in the town's words; one row for each operator who talked.
wrap_ups = Table(
    "wrap_ups",
    metadata,
    Column("linkedid", String(64), primary_key=True),
    Column("extension", String(16), primary_key=True),
    Column("username", String(64), nullable=False),
    Column("outcome", String(40), nullable=False),  # empty: the time ran out without one
    Column("note", Text, nullable=False, default=""),
    Column("at", UtcDateTime, nullable=False),
    Column("how", String(16), nullable=False),  # operator | time_limit | gone | next_call
)
