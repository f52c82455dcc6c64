"""Processor time of processes, with their children that have ended. Owns the reading of /proc."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

_TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


def spent_ms(pids: Iterable[int]) -> float:
    """Return user and system time (ms) of these processes and of their children that have been waited for.

    Raises ProcessLookupError when one has ended: its figures are gone, and so is the round.
    """
    return sum(_one(pid) for pid in pids)


def parse_stat(text: str) -> float:
    """Return the milliseconds in a line of /proc/PID/stat."""
    fields = text.rpartition(")")[2].split()
    return sum(int(value) for value in fields[11:15]) * _TICK_MS


def _one(pid: int) -> float:
    try:
        return parse_stat(Path(f"/proc/{pid}/stat").read_text())
    except FileNotFoundError:
        raise ProcessLookupError(f"process {pid} ended during the measurement") from None
