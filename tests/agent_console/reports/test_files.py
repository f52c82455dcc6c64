import csv
import io
from datetime import UTC, date, datetime, timedelta

import openpyxl
import pytest

from agent_console.pages.texts import Texts, catalogue
from agent_console.reports.csv_file import BYTE_ORDER_MARK, safe_text, to_csv
from agent_console.reports.shapes import Column, Report, Table, Unit, figure
from agent_console.reports.xlsx_file import to_xlsx

EVIL = ("=1+1", "+38164", "-2", "@SUM(A1)", "\tx", "\r=x", "=cmd|'/C calc'!A0", '=HYPERLINK("http://x")')


def made(name="calls", **more):
    days = Table(
        name="days",
        columns=[
            Column(name="day", unit=Unit.DAY),
            Column(name="queue", unit=Unit.TEXT),
            Column(name="answered", unit=Unit.COUNT),
            Column(name="level_of_offered", unit=Unit.SHARE),
            Column(name="average_wait", unit=Unit.SECONDS),
            Column(name="arrived", unit=Unit.COUNT),
            Column(name="abandoned", unit=Unit.COUNT),
        ],
        rows=[
            {"day": "2026-11-22", "queue": text, "answered": 7, "level_of_offered": 0.875, "average_wait": 3725.5,
             "arrived": 9, "abandoned": None}
            for text in EVIL
        ],
    )  # fmt: skip
    values = {
        "name": name,
        "since": date(2026, 11, 22),
        "until": date(2026, 11, 22),
        "zone": "Europe/Belgrade",
        "target_seconds": 20,
        "short_seconds": 5,
        "made_at": datetime(2026, 11, 22, 12, tzinfo=UTC),
        "figures": [
            figure("average_wait", Unit.SECONDS, 12.5, 10.0),
            figure("level_of_offered", Unit.SHARE, None, 0.5),
        ],
        "tables": [days],
        "definitions": {"average_wait": "Σ (answer − beginning of the wait) / answered", "queued": "=evil"},
    }
    return Report(**values | more)


def rows_of(text):
    return list(csv.reader(io.StringIO(text)))


def test_csv_has_table_figures_and_definitions():
    rows = rows_of(to_csv(made()))
    assert rows[0] == ["day", "queue", "answered", "level_of_offered", "average_wait", "arrived", "abandoned"]
    assert rows[1][2:] == ["7", "0.875", "3725.5", "9", ""]
    assert ["average_wait", "12.5", "10.0", "2.5", "seconds"] in rows
    assert ["level_of_offered", "", "0.5", "", "share"] in rows
    assert ["queued", "'=evil"] in rows
    assert len(rows_of(to_csv(made(), bare=True))) == 1 + len(EVIL)


def test_csv_begins_with_the_mark_only_where_it_is_asked_for():
    assert to_csv(made(), mark=True).startswith(f"{BYTE_ORDER_MARK}day,")
    assert to_csv(made()).startswith("day,")
    assert "Σ" in to_csv(made()).encode().decode()


def test_nothing_in_csv_is_a_formula():
    for cell in (cell for row in rows_of(to_csv(made()))[1 : 1 + len(EVIL)] for cell in row):
        assert not cell.startswith(("=", "+", "@", "\t", "\r"))
        assert not (cell.startswith("-") and not cell[1:2].isdigit())
    assert safe_text("Vodovod") == "Vodovod"


def test_an_unknown_table_is_no_table():
    with pytest.raises(KeyError):
        to_csv(made(), "nothing")


@pytest.mark.parametrize("language", ["sr", "en"])
def test_xlsx_holds_numbers_times_and_definitions(language):
    texts = Texts(language)
    late = made(data_until=datetime(2026, 11, 22, 11, tzinfo=UTC))
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(late, texts)))
    assert book.sheetnames == [texts("report.figures"), texts("report_table.days"), texts("report.definitions")]
    sheet = book[texts("report_table.days")]
    assert sheet["A1"].value == texts("report_word.day")
    assert sheet["A2"].value == datetime(2026, 11, 22)  # noqa: DTZ001  a day in a spreadsheet has no zone
    assert (sheet["C2"].value, sheet["D2"].value) == (7, 0.875)
    assert sheet["E2"].value == timedelta(seconds=3725.5)
    assert sheet["E2"].number_format == "[h]:mm:ss"
    assert sheet["G2"].value is None
    assert [sheet.cell(number, 2).value for number in range(2, 2 + len(EVIL))] == [
        text.replace("\r", "_x000D_") for text in EVIL
    ]
    assert all(cell.data_type != "f" for line in sheet.iter_rows() for cell in line)
    assert len(sheet._charts) == 1
    figures = book[texts("report.figures")]
    found = {line[0].value: [cell.value for cell in line[1:]] for line in figures.iter_rows()}
    assert found[texts("report_word.average_wait")][3] == made().definitions["average_wait"]
    assert found[texts("report_word.level_of_offered")][0] is None
    assert any("2026-11-22T11:00:00" in str(name) for name in found)


def test_long_lengths_stay_lengths():
    report = made(tables=[], figures=[figure("session_time", Unit.SECONDS, 168.5 * 3600)])
    sheet = openpyxl.load_workbook(io.BytesIO(to_xlsx(report, Texts("sr")))).worksheets[0]
    assert sheet.cell(3, 2).value == timedelta(hours=168, minutes=30)


@pytest.mark.parametrize("language", ["sr", "en"])
def test_words_of_reports_are_in_the_catalogue(language):
    words = catalogue(language)
    for group in ("report_word", "report_table", "report_name", "report_formula", "report_fate", "report_verdict"):
        assert [key for key in words if key.startswith(f"{group}.")], group
