"""Tables of scoring: forms, their versions, scores. Owns names and types.

A version never changes, and a score names its version: what a score meant stays readable. Nothing here identifies a
citizen but what people write in comments and remarks: that goes with the recording when its time is over.
"""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, ForeignKey, Integer, String, Table, Text, UniqueConstraint

from storage.schema import BigId, UtcDateTime, metadata

score_forms = Table(
    "score_forms",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("name", String(80), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", String(64), nullable=False),
    Column("retired_at", UtcDateTime),  # NULL: calls are scored by it
    Column("retired_by", String(64)),
)

score_form_versions = Table(
    "score_form_versions",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("form_id", BigId, ForeignKey("score_forms.id"), nullable=False),
    Column("version", Integer, nullable=False),  # 1, 2, …
    Column("criteria", JSON, nullable=False),  # [{name, kind, top, weight, fatal}]
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", String(64), nullable=False),
    UniqueConstraint("form_id", "version"),
)

call_scores = Table(
    "call_scores",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("recording_id", String(64), ForeignKey("recordings.id"), nullable=False),
    Column("form_id", BigId, ForeignKey("score_forms.id"), nullable=False),
    Column("version_id", BigId, ForeignKey("score_form_versions.id"), nullable=False),
    Column("operator", String(64), nullable=False, index=True),  # user name: a telephone may pass to somebody else
    Column("scored_by", String(64), nullable=False),
    Column("scored_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime),
    Column("marks", JSON, nullable=False),  # a value for each criterion, in the version's order
    Column("percent", Float, nullable=False),
    Column("comments", JSON, nullable=False),  # a text for each criterion, in the same order
    Column("comment", Text, nullable=False, default=""),
    Column("remark", Text, nullable=False, default=""),  # the operator's answer
    Column("remarked_at", UtcDateTime),
    UniqueConstraint("recording_id", "form_id", "scored_by"),
)
