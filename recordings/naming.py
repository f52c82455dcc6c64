"""Where a recording lies. Owns paths below the recordings folder; they are made of our own ids and dates only."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import PurePosixPath

from calls.ids import parse_linked_id

INCOMING = PurePosixPath("calls/incoming")
"""Where the PBX writes while a call lasts."""


def incoming_path(channel: str) -> PurePosixPath:
    """Return where the PBX records the channel. Raises ValueError for text that is no channel id."""
    return INCOMING / f"{parse_linked_id(channel)}.wav"


def kept_path(channel: str, started_at: datetime) -> PurePosixPath:
    """Return where the finished recording is kept: a folder per day (UTC), so that a day can be purged as one.

    Raises ValueError for text that is no channel id.
    """
    return PurePosixPath("calls") / f"{started_at.astimezone(UTC):%Y-%m-%d}" / f"{parse_linked_id(channel)}.wav"
