"""How old the figures are. Owns one clock per source; must not know what a source does.

Each source (journal, call events, link to the PBX) notes when it was last complete. A report made while one of them is
behind says until when its data is true, and never shows what it does not know as zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

BEHIND_AFTER: Final = timedelta(seconds=5)
"""A source that was complete more recently than this is not behind."""


@dataclass(frozen=True, slots=True)
class Age:
    """Until when the data is complete; `stale` names the source that is behind, empty when none is."""

    complete_until: datetime
    stale: str = ""


class DataAge:
    """Remembers when each source was last complete. A source that never was counts from the start."""

    def __init__(self, sources: tuple[str, ...], started_at: datetime) -> None:
        self._complete = dict.fromkeys(sources, started_at)

    def note(self, source: str, at: datetime) -> None:
        """Say that `source` was complete at `at`."""
        self._complete[source] = max(at, self._complete[source])

    def age(self, now: datetime) -> Age:
        """Return the age of what is stored, by the source that is furthest behind."""
        if not self._complete:
            return Age(now)
        source = min(self._complete, key=lambda name: self._complete[name])
        until = self._complete[source]
        return Age(until, source) if now - until > BEHIND_AFTER else Age(now)
