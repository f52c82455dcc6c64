"""Is the machine quiet enough to measure? Owns the limits and the refusal; reads the kernel's own figures."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass
from pathlib import Path

MOST_LOAD = 0.8
"""One-minute load average before the start."""
MOST_STEAL = 0.02
"""Share of the processors' time that the host gave to others."""
MOST_BUSY = 0.15
"""Share of the processors' time that other programs use just before the start."""
_LOOK_SECONDS = 1.5


@dataclass(frozen=True, slots=True)
class Quietness:
    """What was seen before the start. Shares are 0–1."""

    load: float
    steal: float
    busy: float

    def objections(self) -> list[str]:
        """Return why a run would mean nothing; empty: measure."""
        seen = (
            (self.load, MOST_LOAD, "load of the last minute is {0:.2f}, at most {1:.2f} is fit to measure"),
            (self.steal, MOST_STEAL, "the host takes {0:.1%} of the processors, at most {1:.0%} is fit to measure"),
            (self.busy, MOST_BUSY, "other programs use {0:.0%} of the processors, at most {1:.0%} is fit to measure"),
        )
        return [text.format(value, limit) for value, limit, text in seen if value > limit]


def processor_shares(before: str, after: str) -> tuple[float, float]:
    """Return (steal, busy) between two readings of the first line of /proc/stat."""
    spent = [int(b) - int(a) for a, b in zip(before.split()[1:9], after.split()[1:9], strict=True)]
    total = sum(spent) or 1
    user, nice, system, _idle, _iowait, irq, softirq, steal = spent
    return steal / total, (user + nice + system + irq + softirq) / total


def look() -> Quietness:
    """Watch the machine for a moment."""
    before = _processor_line()
    time.sleep(_LOOK_SECONDS)
    steal, busy = processor_shares(before, _processor_line())
    return Quietness(os.getloadavg()[0], steal, busy)


def steal_since(line: str) -> float:
    """Return the share stolen since `line` was read by `processor_line`."""
    return processor_shares(line, _processor_line())[0]


def _processor_line() -> str:
    with open("/proc/stat") as file:
        return file.readline()


processor_line = _processor_line


def machine() -> dict[str, str]:
    """Return what a reader of the report must know of the machine."""
    model = memory = ""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemTotal"):
            memory = f"{int(line.split()[1]) / 1048576:.0f} GiB"
            break
    return {
        "processor": model or platform.machine(),
        "processors": str(os.cpu_count()),
        "memory": memory,
        "kernel": platform.release(),
        "python": platform.python_version(),
    }
