"""Tables beside `recordings`: pauses, holds, marks, texts, which queues somebody may hear. Owns names and types.

Nothing here identifies a citizen. What people write in a mark goes with the recording when its time is over.
"""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, String, Table, Text

from storage.schema import BigId, UtcDateTime, metadata

# While it lasts, silence is written in both lanes: somebody's personal data is being read out or typed.
recording_gaps = Table(
    "recording_gaps",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("linkedid", String(64), nullable=False, index=True),
    Column("began_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),  # NULL: goes on
    Column("why", String(16), nullable=False),  # field | hand | api
    Column("by", String(64), nullable=False),
    Column("ended_how", String(16), nullable=False, default=""),  # resumed | lapsed | moved | call_ended
)

# Either of one recording or of all recordings of a case; while a hold stands, nothing of it is deleted.
recording_holds = Table(
    "recording_holds",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("recording_id", String(64), index=True),
    Column("case_number", String(20), ForeignKey("cases.number"), index=True),
    Column("reason", Text, nullable=False),
    Column("placed_at", UtcDateTime, nullable=False),
    Column("placed_by", String(64), nullable=False),
    Column("released_at", UtcDateTime),
    Column("released_by", String(64)),
    Column("release_reason", Text, nullable=False, default=""),
)

recording_marks = Table(
    "recording_marks",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("recording_id", String(64), ForeignKey("recordings.id"), nullable=False, index=True),
    Column("at", Float, nullable=False),  # seconds from the beginning
    Column("text", Text, nullable=False),
    Column("author", String(64), nullable=False),
    Column("written_at", UtcDateTime, nullable=False),
)

# What became of the text of a recording; the text itself lies sealed beside the sound.
recording_texts = Table(
    "recording_texts",
    metadata,
    Column("recording_id", String(64), ForeignKey("recordings.id"), primary_key=True),
    Column("language", String(8), nullable=False),
    Column("made_at", UtcDateTime),  # NULL: there is none
    Column("failures", Integer, nullable=False, default=0),
    Column("failed_at", UtcDateTime),
    Column("error", Text, nullable=False, default=""),
)

# A supervisor with rows here hears the recordings of these queues only.
hearing_queues = Table(
    "hearing_queues",
    metadata,
    Column("username", String(64), ForeignKey("users.username"), primary_key=True),
    Column("queue", String(64), primary_key=True),
)

Index("ix_recording_gaps_open", recording_gaps.c.ended_at)
