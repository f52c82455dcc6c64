"""Report `operators`: where their time went, what they did with it, pauses by reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from agent_console.reports.content import HANDLE_COLUMNS, Content, columns, handle_values, rounded
from agent_console.reports.handling import HandleTime, Handling
from agent_console.reports.operator_time import ACTIVITIES, OperatorTime
from agent_console.reports.period import Period
from agent_console.reports.shapes import Column, Figure, Table, Unit, Value, figure
from agent_console.reports.sources import Source
from agent_console.reports.spread import share

_TIME_COLUMNS = (
    ("extension", Unit.TEXT),
    ("sessions", Unit.COUNT),
    ("first_at", Unit.TEXT),
    ("last_at", Unit.TEXT),
    ("session_time", Unit.SECONDS),
    ("ready_time", Unit.SECONDS),
    ("paused_time", Unit.SECONDS),
    ("ringing_time", Unit.SECONDS),
    ("talking_time", Unit.SECONDS),
    ("wrapup_spent", Unit.SECONDS),
    ("unexplained_time", Unit.SECONDS),
    ("occupancy", Unit.SHARE),
    ("rings", Unit.COUNT),
    ("rings_not_taken", Unit.COUNT),
)
_COLUMN_OF = dict(
    zip(ACTIVITIES, ("ready_time", "paused_time", "ringing_time", "talking_time", "wrapup_spent"), strict=True)
)


async def operator_report(source: Source, period: Period, before: Period | None, *, only: str | None = None) -> Content:
    """Return the report of the operators' time in `period`; `only`: one user name."""
    people, handling = await source.operators(period), await source.handling(period)
    earlier = await source.operators(before) if before else {}
    if only is not None:
        people, earlier = _one(people, only), _one(earlier, only)
        mine = {one.extension for one in people.values()}
        for name in set(handling.operators) - mine:
            del handling.operators[name]
    return Content(
        figures=operator_figures(people, earlier if before else None),
        tables=[times_table(people, period.zone), handling_table(people, handling), pauses_table(people)],
    )


def _one(people: Mapping[str, OperatorTime], name: str) -> dict[str, OperatorTime]:
    return {name: people[name]} if name in people else {}


def operator_figures(people: Mapping[str, OperatorTime], earlier: Mapping[str, OperatorTime] | None) -> list[Figure]:
    """Return the sums over operators."""
    now, then = _sums(people), None if earlier is None else _sums(earlier)
    return [figure(name, unit, value, then[name][1] if then else None) for name, (unit, value) in now.items()]


def _sums(people: Mapping[str, OperatorTime]) -> dict[str, tuple[Unit, float | None]]:
    session = sum(one.session for one in people.values())
    spent = {name: sum(one.spent[name] for one in people.values()) for name in ACTIVITIES}
    unexplained = sum(one.unexplained for one in people.values())
    busy = share(spent["talking"] + spent["wrapup"], session - spent["paused"] - unexplained)
    values: dict[str, tuple[Unit, float | None]] = {
        "operators": (Unit.COUNT, len(people)),
        "session_time": (Unit.SECONDS, rounded(session)),
    }
    values |= {_COLUMN_OF[name]: (Unit.SECONDS, rounded(seconds)) for name, seconds in spent.items()}
    rings, taken = sum(one.rings for one in people.values()), sum(one.rings_taken for one in people.values())
    return values | {
        "occupancy": (Unit.SHARE, busy),
        "rings": (Unit.COUNT, rings),
        "rings_not_taken": (Unit.COUNT, rings - taken),
    }


def times_table(people: Mapping[str, OperatorTime], zone: ZoneInfo) -> Table:
    """Return a row for each operator; the five times and the unexplained one add up to the session."""
    rows: list[dict[str, Value]] = []
    for name in sorted(people):
        one = people[name]
        row: dict[str, Value] = {
            "username": name,
            "extension": one.extension,
            "sessions": one.sessions,
            "first_at": _moment(one.first_at, zone),
            "last_at": "" if one.signed_in_now else _moment(one.last_at, zone),
            "session_time": rounded(one.session),
        }
        row |= {_COLUMN_OF[activity]: rounded(one.spent[activity]) for activity in ACTIVITIES}
        row |= {
            "unexplained_time": rounded(one.unexplained),
            "occupancy": one.occupancy,
            "rings": one.rings,
            "rings_not_taken": one.rings - one.rings_taken,
        }
        rows.append(row)
    return Table(name="operators", columns=columns(("username", Unit.TEXT), *_TIME_COLUMNS), rows=rows)


def handling_table(people: Mapping[str, OperatorTime], handling: Handling) -> Table:
    """Return a row for each operator with what the calls of the period took, also of telephones without a session."""
    named = {one.extension: name for name, one in people.items()}
    listed = sorted({*named, *handling.operators}, key=lambda extension: (named.get(extension, ""), extension))
    rows: list[dict[str, Value]] = [
        {
            "username": named.get(extension, ""),
            "extension": extension,
            **handle_values(handling.operators.get(extension) or HandleTime()),
        }
        for extension in listed
    ]
    shown = columns(("username", Unit.TEXT), ("extension", Unit.TEXT), *HANDLE_COLUMNS)
    return Table(name="handling", columns=shown, rows=rows)


def pauses_table(people: Mapping[str, OperatorTime]) -> Table:
    """Return a row for each operator and reason of a pause."""
    rows: list[dict[str, Value]] = [
        {"username": name, "pause_reason": reason, "paused_time": rounded(seconds)}
        for name in sorted(people)
        for reason, seconds in sorted(people[name].pauses.items())
    ]
    reason = Column(name="pause_reason", unit=Unit.TEXT, words="pause")
    shown = [*columns(("username", Unit.TEXT)), reason, *columns(("paused_time", Unit.SECONDS))]
    return Table(name="pauses", columns=shown, rows=rows)


def _moment(at: datetime | None, zone: ZoneInfo) -> str:
    return "" if at is None else at.astimezone(zone).strftime("%d.%m. %H:%M")
