"""What the engine may know of the world in one turn. Everything is passed in: the engine has no clock and no disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ivr.notices import Notice
from ivr.schedule import Calendar


@dataclass(frozen=True, slots=True)
class UrgentNotice:
    """The urgent notice that is switched on now: recorded (`sound`, path without extension) or text per language."""

    sound: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    until: datetime | None = None
    """It ends by itself then."""
    by: str = ""
    """Who switched it on: a user name, or the telephone."""
    since: datetime | None = None


def _as_asked(asked: str, _language: str, _subject: str) -> str:
    return asked


@dataclass(frozen=True, slots=True)
class CallContext:
    """The world as it is now. `now` is timezone-aware; the calendar knows the town's time zone.

    `queue_for`: (queue that the flow names, language, subject) → the queue in which the caller is to wait.
    """

    now: datetime
    calendar: Calendar
    notices: tuple[Notice, ...] = ()
    urgent: UrgentNotice | None = None
    did: str = ""
    default_language: str = "sr"
    queue_for: Callable[[str, str, str], str] = _as_asked
