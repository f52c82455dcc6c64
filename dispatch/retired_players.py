"""Players that are silent already and not destroyed yet. Owns how long; must not know what a player is.

The library tells the end of a file on a thread of its own, and does so with the player's bare address: a player that
was destroyed between the end and the telling crashes the process (pjproject, pull request 5045). Nothing new is told
of a player that nobody listens to, so it is silenced first, and destroyed when what was under way has been told.
"""

from __future__ import annotations

from typing import Final

RETIRED_SECONDS: Final = 1.0
"""The telling takes microseconds; the rest is for a machine that is short of time."""
MOST_RETIRED: Final = 16
"""The library has 32 players in all; when more retire at once, the oldest go sooner."""


class RetiredPlayers:
    """Holds the last reference to each for `RETIRED_SECONDS`. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._until: list[tuple[float, object]] = []

    def __len__(self) -> int:
        return len(self._until)

    def add(self, now: float, player: object) -> None:
        """Take a player that transmits to nobody any more."""
        self._until.append((now + RETIRED_SECONDS, player))

    def release(self, now: float) -> None:
        """Let go of those whose time is over: they are destroyed by it."""
        while self._until and (self._until[0][0] <= now or len(self._until) > MOST_RETIRED):
            del self._until[0]

    def clear(self) -> None:
        """Let go of all."""
        self._until.clear()
