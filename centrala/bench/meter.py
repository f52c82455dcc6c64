"""What a stretch of work costs each process beyond idling. Owns the idle rates and the waiting for work put off."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from centrala.bench.processor_time import spent_ms

IDLE_SECONDS = 2.0
_WORKING_SHARE = 0.06
"""Processor time beyond idling, as a share of one processor, from which on somebody still works."""
_LOOK_SECONDS = 0.3
_QUIET_LOOKS = 2
_SETTLE_SECONDS = 15.0


class Meter:
    """Made when everything runs and nothing works: what is spent then is idling and is charged to no engine."""

    def __init__(self, pids: Sequence[int], idle_seconds: float = IDLE_SECONDS) -> None:
        self._pids = tuple(pids)
        before = self._read()
        time.sleep(idle_seconds)
        self.idle = {pid: (spent - before[pid]) / idle_seconds for pid, spent in self._read().items()}
        """Milliseconds of processor time per second, by process."""

    def start(self) -> Reading:
        """Begin a stretch."""
        return Reading(self, time.monotonic(), self._read())

    def settle(self) -> None:
        """Wait until nobody works any more: work put off is work of the engine that caused it."""
        end = time.monotonic() + _SETTLE_SECONDS
        expected = sum(self.idle.values()) * _LOOK_SECONDS
        quiet = 0
        while quiet < _QUIET_LOOKS and time.monotonic() < end:
            before = sum(self._read().values())
            time.sleep(_LOOK_SECONDS)
            spent = sum(self._read().values()) - before
            quiet = quiet + 1 if spent <= expected + 1000 * _LOOK_SECONDS * _WORKING_SHARE else 0

    def _read(self) -> dict[int, float]:
        return {pid: spent_ms([pid]) for pid in self._pids}


class Reading:
    """A stretch that has begun."""

    def __init__(self, meter: Meter, at: float, spent: Mapping[int, float]) -> None:
        self._meter = meter
        self._at = at
        self._spent = spent

    def spent(self, pid: int) -> float:
        """Return what the process has spent since then (ms), less what it spends idle; never below 0."""
        idle = self._meter.idle[pid] * (time.monotonic() - self._at)
        return max(spent_ms([pid]) - self._spent[pid] - idle, 0.0)
