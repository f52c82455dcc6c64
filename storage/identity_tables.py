"""Tables of the identity store: a database of its own, with a key of its own. Owns who reported; nothing else reads it.

Values are AES-256-GCM ciphertexts (`nonce || ciphertext || tag`, base64) under the identity key; `caller_token` is
HMAC-SHA-256 of the E.164 number under a key derived from it, so equal numbers can be found without being read.
"""

from __future__ import annotations

from sqlalchemy import Column, MetaData, String, Table, Text

from storage.schema import UtcDateTime

identity_metadata = MetaData()

callers = Table(
    "callers",
    identity_metadata,
    Column("caller_token", String(64), primary_key=True),
    Column("number", Text, nullable=False),  # encrypted E.164
    Column("first_seen_at", UtcDateTime, nullable=False),
)

reporters = Table(
    "reporters",
    identity_metadata,
    Column("case_number", String(20), primary_key=True),
    Column("caller_token", String(64), index=True),
    Column("name", Text, nullable=False, default=""),  # encrypted
    Column("contact", Text, nullable=False, default=""),  # encrypted number or address
    Column("tell_by", String(16), nullable=False, default="none"),  # none | phone | sms | email | letter
)

# Who reports, while the case is still being written: under the draft's key, gone with it.
draft_identities = Table(
    "draft_identities",
    identity_metadata,
    Column("key", String(80), primary_key=True),
    Column("sealed", Text, nullable=False),  # encrypted JSON: field → text
    Column("author", String(64), nullable=False),
    Column("updated_at", UtcDateTime, nullable=False, index=True),
)
