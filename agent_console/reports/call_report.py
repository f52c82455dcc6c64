"""Report `calls`: figures of the period against the one before, days, queues, outcomes, the hours of the week."""

from __future__ import annotations

from agent_console.reports.call_counts import CallCounts
from agent_console.reports.content import (
    HANDLE_COLUMNS,
    WAIT_COLUMNS,
    Content,
    columns,
    handle_values,
    rounded,
    wait_values,
)
from agent_console.reports.handling import HandleTime, Handling
from agent_console.reports.period import Period
from agent_console.reports.shapes import Column, Figure, Table, Unit, Value, figure
from agent_console.reports.sources import Source
from agent_console.reports.spread import share
from agent_console.reports.waiting import Fate, WaitCount


async def call_report(source: Source, period: Period, before: Period | None) -> Content:
    """Return the report of the calls that arrived in `period`."""
    counts, handling = await source.calls(period), await source.handling(period)
    earlier = await source.calls(before) if before else None
    earlier_handling = await source.handling(before) if before else None
    outcomes = await source.wrap_up_outcomes(period)
    return Content(
        figures=call_figures(counts, handling, earlier, earlier_handling),
        tables=[
            days_table(counts, period, source),
            queues_table(counts, handling),
            fates_table(counts),
            outcomes_table(counts),
            wrap_ups_table(outcomes),
            week_table(counts),
        ],
    )


def call_figures(
    counts: CallCounts, handling: Handling, earlier: CallCounts | None, earlier_handling: Handling | None
) -> list[Figure]:
    """Return the figures of all calls. Handle time is None where no part of a conversation is on record."""
    now, then = _values(counts, handling), None
    if earlier is not None and earlier_handling is not None:
        then = _values(earlier, earlier_handling)
    return [figure(name, unit, value, then[name][1] if then else None) for name, (unit, value) in now.items()]


def _values(counts: CallCounts, handling: Handling) -> dict[str, tuple[Unit, float | None]]:
    every, handled = counts.all, handling.all
    told = handled.count > 0
    return {
        "arrived": (Unit.COUNT, every.arrived),
        "queued": (Unit.COUNT, every.offered),
        "answered": (Unit.COUNT, every.answered),
        "level_of_answered": (Unit.SHARE, every.level_of_answered),
        "level_of_offered": (Unit.SHARE, every.level_of_offered),
        "average_wait": (Unit.SECONDS, rounded(every.average_wait)),
        "median_wait": (Unit.SECONDS, rounded(every.median_wait)),
        "wait_90": (Unit.SECONDS, rounded(every.wait_90)),
        "longest_wait": (Unit.SECONDS, rounded(every.longest_wait) if every.offered else None),
        "abandoned": (Unit.COUNT, every.abandoned),
        "share_abandoned": (Unit.SHARE, every.share_abandoned),
        "short_abandoned": (Unit.COUNT, every.short),
        "average_give_up": (Unit.SECONDS, rounded(every.average_give_up)),
        "callbacks_taken": (Unit.COUNT, every.fates[Fate.CALLBACK]),
        "average_handle": (Unit.SECONDS, rounded(handled.average)),
        "average_talk": (Unit.SECONDS, rounded(share(handled.talk, handled.count))),
        "average_hold": (Unit.SECONDS, rounded(share(handled.hold, handled.count))),
        "average_wrapup": (Unit.SECONDS, rounded(share(handled.wrapup, handled.count))),
        "transfers": (Unit.COUNT, handling.transfers if told else None),
    }


def days_table(counts: CallCounts, period: Period, source: Source) -> Table:
    """Return a row for each day that has begun, quiet ones too."""
    today = source.now.astimezone(period.zone).date()
    rows: list[dict[str, Value]] = [
        {"day": day.isoformat(), **wait_values(counts.days.get(day) or WaitCount())}
        for day in period.days()
        if day <= today
    ]
    return Table(name="days", columns=columns(("day", Unit.DAY), *WAIT_COLUMNS), rows=rows)


def queues_table(counts: CallCounts, handling: Handling) -> Table:
    """Return a row for each queue."""
    names = sorted(set(counts.queues) | set(handling.queues))
    rows: list[dict[str, Value]] = [
        {"queue": name}
        | wait_values(counts.queues.get(name) or WaitCount())
        | handle_values(handling.queues.get(name) or HandleTime())
        for name in names
    ]
    wanted = [one for one in WAIT_COLUMNS if one[0] != "arrived"]
    handled = [one for one in HANDLE_COLUMNS if one[0] in ("conversations", "average_handle")]
    shown = columns(("queue", Unit.TEXT), *wanted, *handled)
    kept = {column.name for column in shown}
    rows = [{name: value for name, value in row.items() if name in kept} for row in rows]
    return Table(name="queues", columns=shown, rows=rows)


def fates_table(counts: CallCounts) -> Table:
    """Return what became of those who asked for a person; the numbers add up to all of them."""
    rows: list[dict[str, Value]] = [
        {
            "fate": fate.value,
            "calls": counts.all.fates[fate],
            "share": share(counts.all.fates[fate], counts.all.offered),
        }
        for fate in Fate
    ]
    first = Column(name="fate", unit=Unit.TEXT, words="report_fate")
    return Table(name="fates", columns=[first, *columns(("calls", Unit.COUNT), ("share", Unit.SHARE))], rows=rows)


def outcomes_table(counts: CallCounts) -> Table:
    """Return how calls ended; together with those that go on they are all that arrived."""
    rows: list[dict[str, Value]] = [
        {"outcome": outcome, "calls": number, "share": share(number, counts.all.arrived)}
        for outcome, number in sorted(counts.outcomes.items(), key=lambda one: (-one[1], one[0]))
    ]
    first = Column(name="outcome", unit=Unit.TEXT, words="outcome")
    return Table(name="outcomes", columns=[first, *columns(("calls", Unit.COUNT), ("share", Unit.SHARE))], rows=rows)


def wrap_ups_table(outcomes: dict[str, int]) -> Table:
    """Return how operators said that conversations ended."""
    total = sum(outcomes.values())
    rows: list[dict[str, Value]] = [
        {"wrapup_outcome": outcome, "conversations": number, "share": share(number, total)}
        for outcome, number in sorted(outcomes.items(), key=lambda one: (-one[1], one[0]))
    ]
    first = Column(name="wrapup_outcome", unit=Unit.TEXT, words="wrapup")
    return Table(
        name="wrapups", columns=[first, *columns(("conversations", Unit.COUNT), ("share", Unit.SHARE))], rows=rows
    )


def week_table(counts: CallCounts) -> Table:
    """Return 7 x 24 rows: what arrived and how it was answered in each hour of the week."""
    rows: list[dict[str, Value]] = []
    for weekday in range(7):
        for hour in range(24):
            count = counts.week.get((weekday, hour)) or WaitCount()
            rows.append(
                {
                    "weekday": weekday,
                    "hour": hour,
                    "arrived": count.arrived,
                    "queued": count.offered,
                    "answered": count.answered,
                    "abandoned": count.abandoned,
                    "level_of_offered": count.level_of_offered,
                }
            )
    numbers = ("weekday", "hour", "arrived", "queued", "answered", "abandoned")
    shown = columns(*((name, Unit.COUNT) for name in numbers), ("level_of_offered", Unit.SHARE))
    return Table(name="week", columns=shown, rows=rows)
