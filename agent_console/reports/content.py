"""What every report is put together from: columns that come again, rows out of counters. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from agent_console.reports.handling import HandleTime
from agent_console.reports.shapes import Column, Figure, Table, Unit, Value
from agent_console.reports.waiting import Fate, WaitCount


@dataclass(slots=True)
class Content:
    """Figures and tables of one report; the first table is the main one."""

    figures: list[Figure] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)


def columns(*wanted: tuple[str, Unit]) -> list[Column]:
    """Return columns of (name, unit)."""
    return [Column(name=name, unit=unit) for name, unit in wanted]


WAIT_COLUMNS: Sequence[tuple[str, Unit]] = (
    ("arrived", Unit.COUNT),
    ("queued", Unit.COUNT),
    ("answered", Unit.COUNT),
    ("abandoned", Unit.COUNT),
    ("short_abandoned", Unit.COUNT),
    ("callbacks_taken", Unit.COUNT),
    ("level_of_answered", Unit.SHARE),
    ("level_of_offered", Unit.SHARE),
    ("average_wait", Unit.SECONDS),
    ("median_wait", Unit.SECONDS),
    ("wait_90", Unit.SECONDS),
    ("longest_wait", Unit.SECONDS),
)


def wait_values(count: WaitCount) -> dict[str, Value]:
    """Return a row's values of `WAIT_COLUMNS`."""
    return {
        "arrived": count.arrived,
        "queued": count.offered,
        "answered": count.answered,
        "abandoned": count.abandoned,
        "short_abandoned": count.short,
        "callbacks_taken": count.fates[Fate.CALLBACK],
        "level_of_answered": count.level_of_answered,
        "level_of_offered": count.level_of_offered,
        "average_wait": rounded(count.average_wait),
        "median_wait": rounded(count.median_wait),
        "wait_90": rounded(count.wait_90),
        "longest_wait": rounded(count.longest_wait),
    }


HANDLE_COLUMNS: Sequence[tuple[str, Unit]] = (
    ("conversations", Unit.COUNT),
    ("talk", Unit.SECONDS),
    ("hold", Unit.SECONDS),
    ("wrapup_time", Unit.SECONDS),
    ("handle_time", Unit.SECONDS),
    ("average_handle", Unit.SECONDS),
)


def handle_values(time: HandleTime) -> dict[str, Value]:
    """Return a row's values of `HANDLE_COLUMNS`."""
    return {
        "conversations": time.count,
        "talk": rounded(time.talk),
        "hold": rounded(time.hold),
        "wrapup_time": rounded(time.wrapup),
        "handle_time": rounded(time.total),
        "average_handle": rounded(time.average),
    }


def rounded(seconds: float | None) -> float | None:
    """Return seconds to the millisecond."""
    return None if seconds is None else round(seconds, 3)
