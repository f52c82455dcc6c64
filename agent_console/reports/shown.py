"""Values as people read them. Pure. A value that was not measured is a dash, never a zero."""

from __future__ import annotations

from datetime import date
from typing import Final

from agent_console.pages.moments import clock, duration
from agent_console.pages.texts import Texts
from agent_console.reports.scorecard import OTHERS
from agent_console.reports.shapes import Column, Report, Table, Unit, Value

_LONG: Final = frozenset({"take_up", "time_to_fix", "time_to_fix_90", "missed_oldest", "missed_median_close"})
_DASH: Final = "–"
_THIN: Final = "\u202f"


def decimal(number: float, language: str, places: int = 1) -> str:
    """Return a number with its places, with a comma where the language writes one."""
    text = f"{number:.{places}f}"
    return text if language == "en" else text.replace(".", ",")


def whole(number: float) -> str:
    """Return a whole number, its thousands apart once there are ten of them."""
    return f"{number:,.0f}".replace(",", _THIN) if abs(number) >= 10_000 else f"{number:.0f}"


def shown(value: Value, unit: Unit, name: str, language: str) -> str:
    """Return the text of a value."""
    if value is None or value == "":
        return _DASH
    if isinstance(value, str):
        return date.fromisoformat(value).strftime("%d.%m.%Y.") if unit is Unit.DAY else value
    if unit is Unit.SHARE:
        return f"{decimal(value * 100, language)} %"
    if unit is Unit.SECONDS:
        if name in _LONG:
            return duration(value)
        return f"{decimal(value, language)} s" if value < 60 else clock(value)
    return decimal(value, language) if unit is Unit.NUMBER else whole(value)


def shown_change(change: float | None, unit: Unit, name: str, language: str) -> str:
    """Return a change with its sign; of shares in percentage points; empty when there is none to tell."""
    if change is None:
        return ""
    sign = "+" if change > 0 else "−" if change < 0 else "±"
    if unit is Unit.SHARE:
        return f"{sign}{decimal(abs(change) * 100, language)} p.p."
    return f"{sign}{shown(abs(change), unit, name, language)}"


def shown_cell(value: Value, column: Column, texts: Texts) -> str:
    """Return the text of a table's cell: words of the language where the column holds words."""
    if column.words and isinstance(value, str) and value:
        return texts.word(column.words, value)
    if column.name == "organisation" and value == OTHERS:
        return texts("report.others")
    if column.name == "queue" and isinstance(value, str):
        return queue_shown(value, texts)
    if column.name in ("node", "path") and isinstance(value, str):
        return " › ".join(_place(one, texts) for one in value.split(" › "))
    return shown(value, column.unit, column.name, texts.language)


def queue_shown(queue: str, texts: Texts) -> str:
    """Return what a queue is called; empty: those who waited in none."""
    return texts.queue(queue) if queue else texts("report.no_queue")


def with_queue_names(report: Report, texts: Texts) -> Report:
    """Return the report with a column `queue_name` after each `queue`: for files, where the queue's own name stays."""
    return report.model_copy(update={"tables": [_named(table, texts) for table in report.tables]})


def _named(table: Table, texts: Texts) -> Table:
    place = next((number for number, column in enumerate(table.columns, 1) if column.name == "queue"), 0)
    if not place:
        return table
    columns = [*table.columns[:place], Column(name="queue_name", unit=Unit.TEXT), *table.columns[place:]]
    rows = [row | {"queue_name": queue_shown(str(row.get("queue") or ""), texts)} for row in table.rows]
    return Table(name=table.name, columns=columns, rows=rows)


def _place(step: str, texts: Texts) -> str:
    """Return a step of a way through the menu in words: `main 0` is the key 0 in `main`, `language sr` a choice."""
    node, _, keys = step.partition(" ")
    if not node:
        return texts("report.start")
    if node == "language" and texts.word("language", keys) != keys:
        return f"{texts.place(node)}: {texts.word('language', keys)}"
    return f"{texts.place(node)} [{keys}]" if keys else texts.place(node)
