"""Times and durations as people say them: relative when near, absolute when far. Pure; now and zone are given.

Names of months and the order of a date are the language's own (Babel); units of duration are the international ones.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from babel.numbers import format_decimal

from agent_console.pages.texts import Texts

_PATTERNS: Final = {"sr": ("dd.MM.yyyy. HH:mm", "dd.MM. HH:mm"), "en": ("d MMM yyyy, HH:mm", "d MMM HH:mm")}
"""Language → whole date with time, and the same without its year."""


class Moments:
    """Formats times for one town and one language."""

    def __init__(self, zone: str, texts: Texts) -> None:
        self._zone = ZoneInfo(zone)
        self._texts = texts
        self._whole, self._short = _PATTERNS[texts.language]

    def _written(self, moment: datetime, pattern: str) -> str:
        return format_datetime(moment.astimezone(self._zone), pattern, locale=self._texts.locale)

    def absolute(self, moment: datetime | None) -> str:
        """Return `22.11.2026. 14:05` or `22 Nov 2026, 14:05`, or a dash."""
        return "–" if moment is None else self._written(moment, self._whole)

    def relative(self, moment: datetime | None, now: datetime) -> str:
        """Return `pre 3 min`, `još 4 h 20 min`, `sutra 10:42`, or the date when it is far."""
        if moment is None:
            return "–"
        gap = moment - now
        if abs(gap) < timedelta(hours=12):
            key = "time.left" if gap > timedelta(0) else "time.ago"
            span = duration(abs(gap).total_seconds())
            return self._texts(key, span=span) if abs(gap) >= timedelta(minutes=1) else self._texts("time.now")
        local, today = moment.astimezone(self._zone), now.astimezone(self._zone).date()
        days = (local.date() - today).days
        names = {-1: "time.yesterday", 0: "time.today", 1: "time.tomorrow"}
        if days in names:
            return self._texts(names[days], at=local.strftime("%H:%M"))
        return self._written(moment, self._short) if local.year == now.year else self.absolute(moment)

    def overdue(self, moment: datetime | None, now: datetime) -> str:
        """Return `kasni 2 h 5 min`, or the time left."""
        if moment is None or moment >= now:
            return self.relative(moment, now)
        return self._texts("time.late", span=duration((now - moment).total_seconds()))

    def iso(self, moment: datetime | None) -> str:
        """Return the time for a `<time datetime>`."""
        return moment.isoformat() if moment else ""

    def number(self, value: float) -> str:
        """Return a number as the language writes it: `12.345,6` or `12,345.6`."""
        return format_decimal(value, locale=self._texts.locale)


def duration(seconds: float) -> str:
    """Return `45 s`, `3 min`, `4 h 20 min`, `2 d 3 h`."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, hours, days = whole // 60, whole // 3600, whole // 86_400
    if hours < 1:
        return f"{minutes} min"
    if days < 2:
        return f"{hours} h {minutes % 60} min" if minutes % 60 else f"{hours} h"
    return f"{days} d {hours % 24} h"


def clock(seconds: float | None) -> str:
    """Return `1:05` for a length or a wait; a dash for none."""
    if seconds is None:
        return "–"
    whole = max(0, int(seconds))
    if whole >= 3600:
        return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
    return f"{whole // 60}:{whole % 60:02d}"
