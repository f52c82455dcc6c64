"""Reports `menu`, `resolution`, `missed`, `cases` and `staffing`: counters turned into figures and tables."""

from __future__ import annotations

from agent_console.reports.content import Content, columns, rounded
from agent_console.reports.missed_age import AGES
from agent_console.reports.period import Period
from agent_console.reports.scorecard import Card
from agent_console.reports.shapes import Column, Table, Unit, Value, figure
from agent_console.reports.sources import Source
from agent_console.reports.spread import share

_MOST_PATHS = 100
DEFAULT_HANDLE_SECONDS = 180.0
"""Used while no conversation of the history is on record; the page says so."""


async def menu_report(source: Source, period: Period, before: Period | None) -> Content:
    """Return the ways through the menu and where callers leave."""
    found = await source.menu(period)
    paths: list[dict[str, Value]] = []
    for path, calls in sorted(found.paths.items(), key=lambda one: (-one[1], one[0]))[:_MOST_PATHS]:
        top = found.outcomes[path].most_common(1)[0][0]
        paths.append(
            {
                "path": " › ".join(path),
                "calls": calls,
                "share": share(calls, found.calls),
                "most_end_as": top,
            }
        )
    nodes: list[dict[str, Value]] = [
        {
            "node": name,
            "reached": node.reached,
            "left_here": node.left,
            "gave_up_here": node.gave_up,
            "share_gave_up": share(node.gave_up, node.reached),
        }
        for name, node in sorted(found.nodes.items(), key=lambda one: (-one[1].gave_up, -one[1].left, one[0]))
    ]
    languages: list[dict[str, Value]] = [
        {"language": name, "calls": calls, "share": share(calls, found.calls)}
        for name, calls in sorted(found.languages.items(), key=lambda one: (-one[1], one[0]))
    ]
    path_columns = columns(("path", Unit.TEXT), ("calls", Unit.COUNT), ("share", Unit.SHARE))
    node_columns = columns(
        ("node", Unit.TEXT),
        ("reached", Unit.COUNT),
        ("left_here", Unit.COUNT),
        ("gave_up_here", Unit.COUNT),
        ("share_gave_up", Unit.SHARE),
    )
    language = Column(name="language", unit=Unit.TEXT, words="language")
    return Content(
        figures=[
            figure("arrived", Unit.COUNT, found.calls),
            figure("different_paths", Unit.COUNT, len(found.paths)),
            figure("gave_up_in_menu", Unit.COUNT, sum(node.gave_up for node in found.nodes.values())),
        ],
        tables=[
            Table(
                name="paths",
                columns=[*path_columns, Column(name="most_end_as", unit=Unit.TEXT, words="outcome")],
                rows=paths,
            ),
            Table(name="nodes", columns=node_columns, rows=nodes),
            Table(
                name="languages",
                columns=[language, *columns(("calls", Unit.COUNT), ("share", Unit.SHARE))],
                rows=languages,
            ),
        ],
    )


async def resolution_report(source: Source, period: Period, before: Period | None) -> Content:
    """Return first-call resolution."""
    now = await source.resolution(period)
    then = await source.resolution(before) if before else None
    rows: list[dict[str, Value]] = [
        {"verdict": name, "calls": getattr(now, name)} for name in ("resolved", "repeated", "undecided", "unknown")
    ]
    verdict = Column(name="verdict", unit=Unit.TEXT, words="report_verdict")
    return Content(
        figures=[
            figure("first_call_resolution", Unit.SHARE, now.rate, then.rate if then else None),
            figure("different_callers", Unit.COUNT, now.callers, then.callers if then else None),
        ],
        tables=[Table(name="resolution", columns=[verdict, *columns(("calls", Unit.COUNT))], rows=rows)],
    )


async def missed_report(source: Source, period: Period, before: Period | None) -> Content:
    """Return the age of the worklist."""
    now = await source.missed(period)
    then = await source.missed(before) if before else None
    names = [name for name, _ in AGES]
    rows: list[dict[str, Value]] = []
    for reason in sorted(set(now.groups) | set(now.came)):
        groups = now.groups.get(reason)
        row: dict[str, Value] = {"reason": reason, "came": now.came[reason]}
        row |= {name: groups[name] if groups else 0 for name in names}
        rows.append(row)
    closed: list[dict[str, Value]] = [
        {"closed_how": how, "calls": number} for how, number in sorted(now.closed_how.items())
    ]
    came, came_before = sum(now.came.values()), sum(then.came.values()) if then else None
    how = Column(name="closed_how", unit=Unit.TEXT, words="closed_how")
    reason_column = Column(name="reason", unit=Unit.TEXT, words="outcome")
    return Content(
        figures=[
            figure("missed_came", Unit.COUNT, came, came_before),
            figure("missed_open", Unit.COUNT, now.open),
            figure("missed_oldest", Unit.SECONDS, rounded(now.oldest)),
            figure("missed_closed", Unit.COUNT, len(now.closed_after), len(then.closed_after) if then else None),
            figure(
                "missed_median_close",
                Unit.SECONDS,
                rounded(now.median_close),
                rounded(then.median_close) if then else None,
            ),
            figure(
                "called_back", Unit.COUNT, now.closed_how["callback"], then.closed_how["callback"] if then else None
            ),
        ],
        tables=[
            Table(
                name="missed",
                columns=[reason_column, *columns(("came", Unit.COUNT), *((name, Unit.COUNT) for name in names))],
                rows=rows,
            ),
            Table(name="missed_closed_how", columns=[how, *columns(("calls", Unit.COUNT))], rows=closed),
        ],
    )


_CARD_COLUMNS = (
    ("organisation", Unit.TEXT),
    ("cases_received", Unit.COUNT),
    ("cases_closed", Unit.COUNT),
    ("cases_open", Unit.COUNT),
    ("cases_overdue", Unit.COUNT),
    ("closed_on_time", Unit.SHARE),
    ("take_up", Unit.SECONDS),
    ("time_to_fix", Unit.SECONDS),
    ("time_to_fix_90", Unit.SECONDS),
    ("reopen_rate", Unit.SHARE),
)


async def case_report(source: Source, period: Period, before: Period | None) -> Content:
    """Return the scorecard of the bodies that answer for cases."""
    everything, cards = await source.cases(period)
    earlier = _card_values((await source.cases(before))[0]) if before else None
    values = _card_values(everything)
    figures = [
        figure(name, unit, _number(values[name]), _number(earlier[name]) if earlier else None)
        for name, unit in _CARD_COLUMNS[1:]
    ]
    table = Table(name="bodies", columns=columns(*_CARD_COLUMNS), rows=[_card_values(card) for card in cards])
    return Content(figures=figures, tables=[table])


def _card_values(card: Card) -> dict[str, Value]:
    return {
        "organisation": card.organisation,
        "cases_received": card.received,
        "cases_closed": card.closed,
        "cases_open": card.open,
        "cases_overdue": card.overdue,
        "closed_on_time": card.share_on_time,
        "take_up": rounded(card.median_take_up),
        "time_to_fix": rounded(card.median_fix),
        "time_to_fix_90": rounded(card.fix_90),
        "reopen_rate": card.reopen_rate,
    }


def _number(value: Value) -> int | float | None:
    return None if isinstance(value, str) else value


async def staffing_report(source: Source, period: Period, before: Period | None) -> Content:
    """Return how many people each half hour of the period's last day needs."""
    history = await source.history(period.last, period)
    handle = None
    if history.days:
        handling = await source.handling(Period(history.days[0], history.days[-1], period.zone))
        handle = handling.all.average
    halves = history.suggest(handle or DEFAULT_HANDLE_SECONDS)
    rows: list[dict[str, Value]] = [
        {
            "half_hour": f"{half.number // 2:02d}:{half.number % 2 * 30:02d}",
            "expected_calls": round(half.calls, 2),
            "most_calls": half.most,
            "people": half.staffing.people,
            "rostered": half.rostered,
            "expected_level": half.staffing.service_level if half.calls else None,
            "expected_occupancy": half.staffing.occupancy if half.calls else None,
            "expected_wait": rounded(half.staffing.average_wait) if half.calls else None,
        }
        for half in halves
    ]
    shown = columns(
        ("half_hour", Unit.TEXT),
        ("expected_calls", Unit.NUMBER),
        ("most_calls", Unit.COUNT),
        ("people", Unit.COUNT),
        ("rostered", Unit.COUNT),
        ("expected_level", Unit.SHARE),
        ("expected_occupancy", Unit.SHARE),
        ("expected_wait", Unit.SECONDS),
    )
    return Content(
        figures=[
            figure("history_days", Unit.COUNT, len(history.days)),
            figure("handle_used", Unit.SECONDS, rounded(handle)),
            figure("expected_calls", Unit.NUMBER, round(sum(half.calls for half in halves), 1) if halves else None),
            figure("most_rostered", Unit.COUNT, max((half.rostered for half in halves), default=None)),
        ],
        tables=[Table(name="staffing", columns=shown, rows=rows)],
    )
