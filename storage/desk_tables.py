"""Tables of the desk: drafts of cases, and incidents that several cases belong to. Owns names and types.

Who reports stands in none of them: a draft's name and contact are in the identity store, under the draft's key.
"""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, String, Table, Text

from storage.schema import BigId, UtcDateTime, metadata

case_drafts = Table(
    "case_drafts",
    metadata,
    Column("key", String(80), primary_key=True),  # the call's linkedid, or `user:` and a user name
    Column("fields", JSON, nullable=False),  # name → {value, version, by, at}
    Column("username", String(64), nullable=False, index=True),  # who began it
    Column("updated_at", UtcDateTime, nullable=False, index=True),
)

incidents = Table(
    "incidents",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("lead_case", String(20), ForeignKey("cases.number"), nullable=False, unique=True),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("opened_by", String(64), nullable=False),
)

incident_cases = Table(
    "incident_cases",
    metadata,
    Column("case_number", String(20), ForeignKey("cases.number"), primary_key=True),
    Column("incident_id", BigId, ForeignKey("incidents.id"), nullable=False, index=True),
    Column("why", Text, nullable=False),
    Column("joined_at", UtcDateTime, nullable=False),
    Column("joined_by", String(64), nullable=False),
)
