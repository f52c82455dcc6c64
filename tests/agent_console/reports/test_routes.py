import csv
import io
from datetime import timedelta

import openpyxl
import pytest
from sqlalchemy import insert

from agent_console.pages.texts import Texts, catalogue
from agent_console.reports.catalogue import REPORTS
from agent_console.reports.freshness import Age
from calls.outcomes import CallOutcome
from storage.tables import calls, cases
from storage.work_tables import operator_activity, operator_sessions
from tests.agent_console.conftest import NOW

DAY = "from=2026-11-22&until=2026-11-22"
HTML = {"Accept": "text/html"}
PAGES = ("calls", "operators", "menu", "resolution", "missed", "cases", "staffing")


def call(number, wait, *, answered=True, outcome="operator", at=NOW, **more):
    after = at + timedelta(seconds=wait)
    values = {
        "linkedid": f"c-{number}", "direction": "inbound", "synthetic": False, "search_text": "", "arrived_at": at,
        "queued_at": at, "operator_answered_at": after if answered else None, "ended_at": after, "outcome": outcome,
        "queue": "operators",
    }  # fmt: skip
    return values | more


async def put(console, table, *rows):
    async with console.deps.database.begin() as connection:
        for row in rows:
            await connection.execute(insert(table).values(row))


async def put_session(console, name, username, began, hours):
    end = began + timedelta(hours=hours)
    session = {"id": name, "username": username, "extension": f"x{username}"[:16], "began_at": began}
    await put(console, operator_sessions, session | {"ended_at": end, "end_reason": "offline"})
    row = {"session_id": name, "username": username, "extension": session["extension"], "reason": "", "queue": ""}
    await put(
        console, operator_activity, row | {"activity": "ready", "began_at": began, "ended_at": end, "linkedid": None}
    )


@pytest.mark.parametrize("name", REPORTS)
async def test_every_report_stands_when_there_is_nothing_yet(console, name):
    found = await console.json("GET", f"/api/v1/reports/{name}?{DAY}", user="vera")
    assert (found["name"], found["stale"], found["data_until"]) == (name, "", None)
    shares = [one for one in found["figures"] if one["unit"] == "share"]
    assert all(one["value"] is None for one in shares)
    for form in ("csv", "xlsx"):
        answer = await console.ask("GET", f"/api/v1/reports/{name}?{DAY}&format={form}", user="vera")
        assert answer.status == 200
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}-2026-11-22-2026-11-22.{form}"'


@pytest.mark.parametrize("language", ["sr", "en"])
@pytest.mark.parametrize("name", REPORTS)
async def test_every_name_in_a_report_has_its_words(console, name, language):
    found = await console.json("GET", f"/api/v1/reports/{name}?{DAY}", user="vera")
    words, texts = catalogue(language), Texts(language)
    names = [one["name"] for one in found["figures"]]
    names += [column["name"] for table in found["tables"] for column in table["columns"]]
    assert [one for one in names if f"report_word.{one}" not in words] == []
    assert [one["name"] for one in found["tables"] if f"report_table.{one['name']}" not in words] == []
    assert [one["name"] for one in found["figures"] if one["name"] not in found["definitions"]] == []
    assert texts(f"report_name.{name}") != f"report_name.{name}"


async def test_figures_stand_against_the_period_before(console):
    await put(console, calls, call(1, 10), call(2, 30), call(3, 50, answered=False, outcome="abandoned_queue"))
    await put(console, calls, call(4, 40, at=NOW - timedelta(days=1)))
    found = await console.json("GET", f"/api/v1/reports/calls?{DAY}", user="vera")
    figures = {one["name"]: (one["value"], one["before"], one["change"]) for one in found["figures"]}
    assert figures["arrived"] == (3, 1, 2)
    assert figures["average_wait"] == (20, 40, -20)
    assert figures["level_of_answered"] == (0.5, 0, 0.5)
    assert figures["average_handle"] == (None, None, None)  # no part of a conversation is on record: not zero
    assert (found["before_since"], found["before_until"]) == ("2026-11-21", "2026-11-21")
    alone = await console.json("GET", f"/api/v1/reports/calls?{DAY}&compare=none", user="vera")
    assert alone["figures"][0]["before"] is None
    assert found["definitions"]["short_abandoned"].endswith("5 s čekanja")


async def test_the_first_table_is_the_items(console):
    await put(console, calls, call(1, 10))
    found = await console.json("GET", "/api/v1/reports/calls", user="vera")
    assert (found["total"], found["items"][-1]["day"], found["items"][-1]["answered"]) == (7, "2026-11-22", 1)
    assert found["items"] == found["tables"][0]["rows"]


async def test_csv_of_another_table(console):
    await put(console, calls, call(1, 10))
    answer = await console.ask(
        "GET", f"/api/v1/reports/calls?{DAY}&format=csv&table=outcomes&definitions=0&bom=1", user="vera"
    )
    text = (await answer.read()).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text))) == [["outcome", "calls", "share"], ["operator", "1", "1.0"]]
    wrong = await console.json("GET", f"/api/v1/reports/calls?{DAY}&format=csv&table=x", 400, user="vera")
    assert wrong["field"] == "table"


async def test_xlsx_is_a_spreadsheet(console):
    await put(console, calls, call(1, 10))
    answer = await console.ask("GET", f"/api/v1/reports/calls?{DAY}&format=xlsx", user="vera")
    book = openpyxl.load_workbook(io.BytesIO(await answer.read()))
    assert "Definicije" in book.sheetnames
    assert book["Po danima"]["D2"].value == 1


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=yesterday", "from"),
        ("until=2026-13-01", "until"),
        ("from=2026-11-22&until=2026-11-21", "until"),
        ("from=2024-01-01&until=2026-11-21", "until"),
        ("from=0001-01-01&until=0001-01-01", "until"),
        ("until=9999-12-31", "until"),
        ("format=pdf", "format"),
    ],
)
async def test_what_cannot_be_reported_is_refused(console, query, field):
    assert (await console.json("GET", f"/api/v1/reports/calls?{query}", 400, user="vera"))["field"] == field


async def test_reports_are_for_those_who_may(console):
    for user, status in (("ana", 403), ("vodovod", 403), ("ekipa", 403), (None, 401), ("vera", 200), ("admin", 200)):
        assert (await console.ask("GET", "/api/v1/reports/calls", user=user)).status == status
    assert (await console.ask("GET", "/api/v1/reports/weather", user="vera")).status == 404


async def test_an_operator_sees_his_own_figures_and_nobody_elses(console):
    await put_session(console, "a", "ana", NOW - timedelta(hours=8), 7)
    await put_session(console, "b", "boris", NOW - timedelta(hours=8), 5)
    found = await console.json("GET", f"/api/v1/operators/me/report?{DAY}", user="ana")
    assert [row["username"] for row in found["items"]] == ["ana"]
    assert "boris" not in str(found)
    assert {one["name"]: one["value"] for one in found["figures"]}["session_time"] == 7 * 3600
    page = await (await console.ask("GET", f"/console/reports/mine?{DAY}", user="ana", headers=HTML)).text()
    assert "Moji pokazatelji" in page
    assert "boris" not in page


async def test_old_data_says_how_old_it_is_and_is_not_zero(console):
    """A lost link to the exchange: the figures that are known stay, with their age beside them."""
    await put(console, calls, call(1, 10, at=NOW - timedelta(hours=1)))
    object.__setattr__(console.deps, "data_age", lambda now: Age(now - timedelta(minutes=3), "pbx"))
    found = await console.json("GET", f"/api/v1/reports/calls?{DAY}", user="vera")
    assert (found["stale"], found["data_until"]) == ("pbx", "2026-11-22T08:57:00Z")
    assert found["figures"][0]["value"] == 1
    page = await (await console.ask("GET", f"/console/reports/calls?{DAY}", user="vera", headers=HTML)).text()
    assert "prekinuta je pre 3 min" in page
    before = await console.json("GET", "/api/v1/reports/calls?from=2026-11-20&until=2026-11-20", user="vera")
    assert before["stale"] == ""  # that day was over long before


async def test_no_figure_is_made_up_while_the_database_is_down(console, database_down):
    await console.sign_in("vera")
    database_down()
    for path in ("/api/v1/reports/calls", "/console/reports/calls"):
        answer = await console.client.get(path)
        assert answer.status == 503
        assert "storage_down" in await answer.text()


async def test_small_bodies_stand_together(console):
    for number, body in enumerate(["vodovod"] * 6 + ["zelenilo"] * 5 + ["parking"]):
        await put(
            console,
            cases,
            {
                "number": f"26{number:06d}", "kind": "request", "channel": "phone", "status": "received",
                "organisation": body, "created_at": NOW - timedelta(hours=2), "updated_at": NOW, "owner": body,
                "created_by": "ana", "pin_hash": "0", "due_at": NOW - timedelta(hours=1),
            },
        )  # fmt: skip
    found = await console.json("GET", f"/api/v1/reports/cases?{DAY}", user="vera")
    assert {row["organisation"]: row["cases_received"] for row in found["items"]} == {"vodovod": 6, "*": 6}
    page = await (await console.ask("GET", f"/console/reports/cases?{DAY}", user="vera", headers=HTML)).text()
    assert "ostale" in page
    assert "parking" not in page


@pytest.mark.parametrize(
    "path", [*(f"/console/reports/{name}" for name in PAGES), "/console/reports", "/console/reports/month"]
)
async def test_pages_stand_with_and_without_rows(console, path):
    await page_of(console, path)
    rows = [call(number, number * 5, outcome=outcome.value) for number, outcome in enumerate(CallOutcome)]
    await put(console, calls, *rows, call("old", 3, at=NOW - timedelta(days=7)))
    await put_session(console, "s", "ana", NOW - timedelta(hours=3), 2)
    await page_of(console, path)


async def page_of(console, path):
    answer = await console.ask("GET", f"{path}?{DAY}&month=2026-11", user="vera", headers=HTML)
    text = await answer.text()
    assert answer.status == 200, text
    assert " style=" not in text
    assert "report_word." not in text
    assert "report_formula." not in text


async def test_each_figure_stands_beside_its_formula(console):
    await put(console, calls, call(1, 10))
    page = await (await console.ask("GET", f"/console/reports/calls?{DAY}", user="vera", headers=HTML)).text()
    assert "= javljeno za 20 s / javljeno" in page
    assert "Nivo usluge ponuđenih" in page
    assert "100,0 %" in page


async def test_a_wrong_month_is_refused(console):
    for month in ("2026-13", "x", "0000-01"):
        assert (await console.ask("GET", f"/console/reports/month?month={month}", user="vera")).status == 400
