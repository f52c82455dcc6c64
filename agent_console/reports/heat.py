"""The hours of a week as a picture of 7 x 24 cells. Pure. Shades are by the busiest cell, 0 (nothing) to 5."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent_console.reports.shapes import Value

SHADES = 5


@dataclass(frozen=True, slots=True)
class Cell:
    """One hour of the week."""

    hour: int
    arrived: int
    shade: int


def heat_rows(rows: Sequence[dict[str, Value]]) -> list[list[Cell]]:
    """Return seven rows of 24 cells from the rows of the table `week`; none when nothing arrived."""
    counts = [[0] * 24 for _ in range(7)]
    for row in rows:
        counts[int(row["weekday"] or 0)][int(row["hour"] or 0)] = int(row["arrived"] or 0)
    most = max(max(line) for line in counts)
    if not most:
        return []
    return [[Cell(hour, count, -(-count * SHADES // most)) for hour, count in enumerate(line)] for line in counts]
