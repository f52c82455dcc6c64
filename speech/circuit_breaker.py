"""Stops asking something that keeps failing. Owns the counting; must not know what is asked. Time is passed in."""

from __future__ import annotations

from collections.abc import Callable


class CircuitBreaker:
    """Opens after `failures` failures in a row; `pause` seconds later one trial at a time is let through."""

    def __init__(self, failures: int, pause: float, monotonic: Callable[[], float]) -> None:
        self._limit = failures
        self._pause = pause
        self._monotonic = monotonic
        self._failures = 0
        self._not_before = 0.0

    @property
    def is_open(self) -> bool:
        """Whether it is refusing: too many failures, whether or not a trial is due."""
        return self._failures >= self._limit

    def allows(self) -> bool:
        """Return whether to try now. A trial allowed while open counts as the only one for the next `pause` seconds."""
        if not self.is_open:
            return True
        if self._monotonic() < self._not_before:
            return False
        self._not_before = self._monotonic() + self._pause
        return True

    def succeeded(self) -> None:
        """Close."""
        self._failures = 0

    def failed(self) -> None:
        """Count one failure."""
        self._failures += 1
        self._not_before = self._monotonic() + self._pause
