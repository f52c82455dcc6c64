"""A report as CSV: one table, then its figures and definitions. Pure. Names of columns are stable keys, not words.

Values are plain: seconds, shares 0-1, ISO dates. A text that a spreadsheet would take for a formula gets an apostrophe
before it. UTF-8; the mark that Excel wants in front is added where it is asked for.
"""

from __future__ import annotations

import csv
import io
from typing import Final

from agent_console.reports.shapes import Report, Value

BYTE_ORDER_MARK: Final = "\ufeff"
_STARTS_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe_text(text: str) -> str:
    """Return a text that no spreadsheet runs."""
    return f"'{text}" if text.startswith(_STARTS_FORMULA) else text


def to_csv(report: Report, table: str = "", *, bare: bool = False, mark: bool = False) -> str:
    """Return one table (the first by default). `bare`: without figures and definitions. Raises KeyError."""
    wanted = report.table(table) if table else report.tables[0]
    file = io.StringIO()
    writer = csv.writer(file)
    names = [column.name for column in wanted.columns]
    writer.writerow(names)
    for row in wanted.rows:
        writer.writerow([_cell(row.get(name)) for name in names])
    if not bare:
        writer.writerow([])
        writer.writerow(["figure", "value", "before", "change", "unit"])
        for one in report.figures:
            writer.writerow([one.name, _cell(one.value), _cell(one.before), _cell(one.change), one.unit.value])
        writer.writerow([])
        writer.writerow(["definition", "formula"])
        for name, formula in report.definitions.items():
            writer.writerow([name, safe_text(formula)])
        if report.data_until is not None:
            writer.writerow(["data_until", report.data_until.isoformat()])
    return (BYTE_ORDER_MARK if mark else "") + file.getvalue()


def _cell(value: Value) -> str | int | float:
    if value is None:
        return ""
    return safe_text(value) if isinstance(value, str) else value
