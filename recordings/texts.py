"""The text of a recording: phrases with their lane and times, sealed beside the sound. Owns the form on the disk.

It is sealed under a name of its own, with the key of the same month as new sound: a text never passes for a sound, and
what destroys a month's key destroys its texts. Must not know how a text comes about, nor who may read it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from recordings.month_keys import MonthKeys, month_of
from recordings.vault import Part, SealedFile, seal

CALLER: Final = 0
SYSTEM: Final = 1
BOTH: Final = 2
"""Of a recording whose sides lie mixed in one lane."""
_PART: Final = "text"
_MEDIA: Final = "application/json"


@dataclass(frozen=True, slots=True)
class Phrase:
    """What was said in one go. `lane`: `CALLER`, `SYSTEM` (the operator, too) or `BOTH`; times in seconds."""

    lane: int
    begins: float
    ends: float
    text: str


def sealed_as(recording: str) -> str:
    """Return the name under which a recording's text is sealed."""
    return f"{recording}/text"


def seal_text(
    target: Path, recording: str, started_at: datetime, phrases: Sequence[Phrase], keys: MonthKeys, now: datetime
) -> None:
    """Write the sealed text. Raises OSError, KeyGoneError, KeyDamagedError."""
    raw = json.dumps([[one.lane, one.begins, one.ends, one.text] for one in phrases], ensure_ascii=False)
    month = keys.for_sealing(month_of(started_at), month_of(now))
    seal(target, sealed_as(recording), month, {_PART: Part(_MEDIA, raw.encode())})


def read_text(sealed: SealedFile) -> list[Phrase]:
    """Return the phrases of an opened text. Raises TamperedError, OSError."""
    return [Phrase(*one) for one in json.loads(sealed.read(_PART))]
