"""The whole main database: importing this makes `metadata` complete. One line for each module that holds tables."""

from __future__ import annotations

from storage import (
    alarm_tables,
    callback_tables,
    desk_tables,
    door_tables,
    missed_tables,
    phone_tables,
    recording_tables,
    score_tables,
    tables,
    work_tables,
)
from storage.schema import metadata

__all__ = [
    "alarm_tables",
    "callback_tables",
    "desk_tables",
    "door_tables",
    "metadata",
    "missed_tables",
    "phone_tables",
    "recording_tables",
    "score_tables",
    "tables",
    "work_tables",
]
