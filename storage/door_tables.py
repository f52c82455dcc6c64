"""Tables of the doors into the console beside accounts and sessions: API tokens, second factors, recovery codes.

Owns names and types. No secret stands here in clear: tokens and recovery codes are hashes, a second factor is sealed
with a key that lies outside the database.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, String, Table, Text

from storage.schema import UtcDateTime, metadata

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("token_hash", String(64), primary_key=True),  # SHA-256 of the token
    Column("username", String(64), ForeignKey("users.username"), nullable=False, index=True),
    Column("label", String(60), nullable=False, default=""),
    Column("scopes", String(400), nullable=False, default=""),  # permissions, space between; empty: all of the role
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", String(64), nullable=False),
    Column("expires_at", UtcDateTime),  # NULL: never
    Column("last_used_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
)

second_factors = Table(
    "second_factors",
    metadata,
    Column("username", String(64), ForeignKey("users.username"), primary_key=True),
    Column("sealed", Text, nullable=False),
    Column("enrolled_at", UtcDateTime, nullable=False),
    Column("last_step", BigInteger, nullable=False),  # of the newest code that was accepted: it is taken once
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("username", String(64), ForeignKey("users.username"), primary_key=True),
    Column("code_hash", String(64), primary_key=True),  # keyed hash
    Column("used_at", UtcDateTime),
)
