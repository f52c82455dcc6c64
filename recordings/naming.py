"""Where a recording lies. Owns paths below the recordings folder; they are made of our own ids and dates only."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Final

from calls.ids import parse_linked_id

INCOMING: Final = PurePosixPath("calls/incoming")
"""Where the PBX writes while a call lasts."""
SIDES: Final = ("caller", "system")
"""The two files of a call, in the order of their channels: who called, and whom the caller hears."""
SEALED: Final = ".sealed"
TEXT: Final = ".text"
"""Of the sealed text of what was said, beside the sealed sound."""


def incoming_path(channel: str) -> PurePosixPath:
    """Return the path that the row of a recording has while it lasts. Raises ValueError for text that is no id."""
    return INCOMING / f"{parse_linked_id(channel)}.wav"


def side_paths(channel: str) -> tuple[PurePosixPath, ...]:
    """Return where the PBX records the two sides. Raises ValueError for text that is no channel id."""
    return tuple(INCOMING / f"{parse_linked_id(channel)}-{side}.wav" for side in SIDES)


def channel_of_side(name: str) -> str:
    """Return the channel's id of a file in `incoming`: of a side, or of the one file that earlier versions wrote."""
    stem = name.removesuffix(".wav")
    for side in SIDES:
        stem = stem.removesuffix(f"-{side}")
    return stem


def kept_path(channel: str, started_at: datetime) -> PurePosixPath:
    """Return where an earlier version kept a finished recording in the clear: a folder per day (UTC).

    Raises ValueError for text that is no channel id.
    """
    return PurePosixPath("calls") / f"{started_at.astimezone(UTC):%Y-%m-%d}" / f"{parse_linked_id(channel)}.wav"


def sealed_path(plain: PurePosixPath) -> PurePosixPath:
    """Return where the sealed file of a sound lies: beside it."""
    return plain.with_name(plain.name.removesuffix(".wav") + SEALED)


def text_path(path: PurePosixPath) -> PurePosixPath:
    """Return where the sealed text of a sound lies: beside it."""
    return path.with_suffix(TEXT)
