"""How long a reader of facts waits before its next turn: briefly when little comes, longer when much does.

A call's record is written anew in each turn that brings facts of it, and that costs more than the facts. Under load
longer turns let a call be written in fewer of them; nobody waits for these rows (pops,
the live board and what callers hear come from elsewhere). Pure: time and counts are given.
"""

from __future__ import annotations

from typing import Final

SHORTEST: Final = 0.25
LONGEST: Final = 2.0
BRISK: Final = 100.0
"""Facts per second up to which a turn comes after the shortest wait; beyond, the wait grows in proportion."""


class Pace:
    """Counts what a turn brought; `wait` is the pause before the next one, in seconds."""

    def __init__(self) -> None:
        self._facts = 0
        self._rate = 0.0
        self._since: float | None = None

    def took(self, facts: int, now: float, *, more: bool) -> None:
        """Count the facts of one step; a turn ends with the step after which there is no more.

        `now`: a monotonic time in seconds.
        """
        self._facts += facts
        if more:
            return
        if self._since is not None and now > self._since:
            self._rate = self._facts / (now - self._since)
        self._facts, self._since = 0, now

    def wait(self) -> float:
        """Return the pause before the next turn."""
        return min(max(SHORTEST, SHORTEST * self._rate / BRISK), LONGEST)
