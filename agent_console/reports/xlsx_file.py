"""A report as a spreadsheet: figures, a sheet for each table, definitions, charts. Owns formats; must not know SQL.

Numbers are numbers, lengths are Excel times ([h]:mm:ss), days are dates, shares are percentages. No text is ever
written as a formula or a link.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import xlsxwriter

from agent_console.pages.texts import Texts
from agent_console.reports.shapes import Column, Report, Table, Unit, Value

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_DAY_SECONDS: Final = 86_400.0
_FORMATS: Final[Mapping[Unit, str]] = {
    Unit.COUNT: "0",
    Unit.NUMBER: "0.0",
    Unit.SECONDS: "[h]:mm:ss",
    Unit.SHARE: "0.0%",
    Unit.DAY: "d.m.yyyy",
    Unit.TEXT: "@",
}
_CHARTS: Final[Mapping[str, tuple[str, str, tuple[str, ...]]]] = {
    "days": ("column", "day", ("arrived", "answered", "abandoned")),
    "staffing": ("column", "half_hour", ("people", "rostered")),
    "bodies": ("bar", "organisation", ("cases_received", "cases_closed", "cases_overdue")),
}
"""Table → kind of chart, its categories, its series."""


def to_xlsx(report: Report, texts: Texts) -> bytes:
    """Return the file. Quick enough for a page, but run it in a thread."""
    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(file, options) as book:
        formats = {unit: book.add_format({"num_format": shape}) for unit, shape in _FORMATS.items()}
        head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        _figures(book, report, texts, formats, head)
        for table in report.tables:
            _table(book, table, texts, formats, head)
        _definitions(book, report, texts, head)
    return file.getvalue()


def _figures(book: Any, report: Report, texts: Texts, formats: Mapping[Unit, Any], head: Any) -> None:  # noqa: ANN401  xlsxwriter has no types
    sheet = book.add_worksheet(_sheet_name(texts("report.figures")))
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, 3, 14)
    sheet.set_column(4, 4, 90)
    sheet.write_string(0, 0, f"{texts('report_name.' + report.name)} {report.since} – {report.until}", head)
    row = 1
    if report.data_until is not None:
        sheet.write_string(row, 0, texts("report.data_until", at=report.data_until.isoformat()))
        row += 1
    for place, word in enumerate(("figure", "value", "before", "change", "formula")):
        sheet.write_string(row, place, texts(f"report.{word}"), head)
    for one in report.figures:
        row += 1
        sheet.write_string(row, 0, texts(f"report_word.{one.name}"))
        for place, value in enumerate((one.value, one.before, one.change), start=1):
            _write(sheet, row, place, value, one.unit, formats)
        sheet.write_string(row, 4, report.definitions.get(one.name, ""))


def _table(book: Any, table: Table, texts: Texts, formats: Mapping[Unit, Any], head: Any) -> None:  # noqa: ANN401  as above
    sheet = book.add_worksheet(_sheet_name(texts(f"report_table.{table.name}")))
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, max(1, len(table.columns) - 1), 13)
    for place, column in enumerate(table.columns):
        sheet.write_string(0, place, texts(f"report_word.{column.name}"), head)
    for number, row in enumerate(table.rows, start=1):
        for place, column in enumerate(table.columns):
            _write(sheet, number, place, _worded(row.get(column.name), column, texts), column.unit, formats)
    if table.rows:
        sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
        if table.name in _CHARTS:
            _chart(book, sheet, table, texts)
        if table.name == "week":
            place = _place(table.columns, "arrived")
            sheet.conditional_format(1, place, len(table.rows), place, {"type": "data_bar", "bar_solid": True})


def _chart(book: Any, sheet: Any, table: Table, texts: Texts) -> None:  # noqa: ANN401  as above
    kind, category, series = _CHARTS[table.name]
    chart, last, name = book.add_chart({"type": kind}), len(table.rows), sheet.get_name()
    across = _place(table.columns, category)
    for one in series:
        down = _place(table.columns, one)
        chart.add_series(
            {
                "name": texts(f"report_word.{one}"),
                "categories": [name, 1, across, last, across],
                "values": [name, 1, down, last, down],
            }
        )
    chart.set_title({"name": texts(f"report_table.{table.name}")})
    chart.set_size({"width": 960, "height": 360})
    sheet.insert_chart(len(table.rows) + 2, 0, chart)


def _definitions(book: Any, report: Report, texts: Texts, head: Any) -> None:  # noqa: ANN401  as above
    sheet = book.add_worksheet(_sheet_name(texts("report.definitions")))
    sheet.set_column(0, 0, 40)
    sheet.set_column(1, 1, 120)
    sheet.write_string(0, 0, texts("report.figure"), head)
    sheet.write_string(0, 1, texts("report.formula"), head)
    for number, (name, formula) in enumerate(report.definitions.items(), start=1):
        sheet.write_string(number, 0, texts(f"report_word.{name}"))
        sheet.write_string(number, 1, formula)


def _write(sheet: Any, row: int, place: int, value: Value, unit: Unit, formats: Mapping[Unit, Any]) -> None:  # noqa: ANN401  as above
    if value is None:
        return
    if isinstance(value, str):
        if unit is Unit.DAY:
            sheet.write_datetime(row, place, date.fromisoformat(value), formats[unit])
        else:
            sheet.write_string(row, place, value, formats[Unit.TEXT])
        return
    sheet.write_number(row, place, value / _DAY_SECONDS if unit is Unit.SECONDS else value, formats[unit])


def _worded(value: Value, column: Column, texts: Texts) -> Value:
    return texts.word(column.words, value) if column.words and isinstance(value, str) else value


def _place(columns: list[Column], name: str) -> int:
    return next(place for place, column in enumerate(columns) if column.name == name)


def _sheet_name(text: str) -> str:
    return "".join(letter for letter in text if letter not in "[]:*?/\\'")[:31]
