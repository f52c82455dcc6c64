"""Table of operators' choice of a phone. Owns names and types; holds no password."""

from __future__ import annotations

from sqlalchemy import Column, String, Table

from storage.schema import UtcDateTime, metadata

operator_phones = Table(
    "operator_phones",
    metadata,
    Column("extension", String(16), primary_key=True),
    Column("kind", String(16), nullable=False),  # calls.phones.PhoneKind
    Column("chosen_at", UtcDateTime, nullable=False),
)
