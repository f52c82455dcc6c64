"""What the engine may know of the world in one turn. Everything is passed in: the engine has no clock and no disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ivr.notices import Notice
from ivr.schedule import Calendar


@dataclass(frozen=True, slots=True)
class UrgentNotice:
    """The urgent notice that is switched on now: recorded (`sound`, path without extension) or text per language."""

    sound: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CallContext:
    """The world as it is now. `now` is timezone-aware; the calendar knows the town's time zone."""

    now: datetime
    calendar: Calendar
    notices: tuple[Notice, ...] = ()
    urgent: UrgentNotice | None = None
    did: str = ""
    default_language: str = "sr"
