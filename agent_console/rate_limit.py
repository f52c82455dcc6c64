"""How often something may be tried. Owns a sliding window per key in memory; must not know what is tried."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta


class RateLimit:
    """At most `attempts` per `window` and key. Keys are bounded, so that nobody can fill the memory with names."""

    def __init__(self, attempts: int, window: timedelta, *, most_keys: int = 10_000) -> None:
        self._attempts = attempts
        self._window = window
        self._most_keys = most_keys
        self._seen: dict[str, deque[datetime]] = {}

    def wait_for(self, key: str, now: datetime) -> int:
        """Return the seconds until the next attempt is allowed: 0 means now."""
        seen = self._seen.get(key)
        if seen is None:
            return 0
        while seen and seen[0] <= now - self._window:
            seen.popleft()
        if not seen:
            del self._seen[key]
            return 0
        if len(seen) < self._attempts:
            return 0
        return max(1, round((seen[0] + self._window - now).total_seconds()))

    def count(self, key: str, now: datetime) -> None:
        """Count an attempt. Count it before its work begins, so that many at the same moment do not slip through."""
        if key not in self._seen and len(self._seen) >= self._most_keys:
            self._seen.pop(next(iter(self._seen)))
        self._seen.setdefault(key, deque(maxlen=self._attempts)).append(now)

    def take(self, key: str, now: datetime) -> int:
        """Count an attempt and return 0, or return the seconds to wait and count nothing."""
        wait = self.wait_for(key, now)
        if not wait:
            self.count(key, now)
        return wait

    def give_back(self, key: str) -> None:
        """Take the newest attempt back: it was a good one."""
        seen = self._seen.get(key)
        if seen:
            seen.pop()

    def forget(self, key: str) -> None:
        """Forget every attempt of this key."""
        self._seen.pop(key, None)
