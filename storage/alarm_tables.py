"""Table of telephone calls about alarms: who was rung when, and who took it. Owns names and types."""

from __future__ import annotations

from sqlalchemy import Column, String, Table, Text

from storage.schema import BigId, UtcDateTime, metadata

alarm_calls = Table(
    "alarm_calls",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("alarm_id", String(64), nullable=False, index=True),
    Column("since", UtcDateTime, nullable=False),  # the alarm's: raised anew, it is another matter
    Column("target", String(32), nullable=False),  # a duty telephone
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),  # NULL: goes on
    Column("outcome", String(24)),  # acknowledged | handed_over | no_answer | no_key | wrong_key | failed
    Column("detail", Text, nullable=False, default=""),
)
