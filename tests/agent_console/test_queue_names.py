"""Wherever a person reads of a queue, it has the name of the town's file, in the language and letters of the page."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from agent_console.pages.languages import COOKIE
from agent_console.pages.rendering import PAGES, Pages
from calls.events import Event, EventType
from cases.town_loader import load_town
from storage.tables import calls
from tests.agent_console.conftest import NOW
from tests.agent_console.reports.test_routes import DAY, call, put

MUNICIPALITY = Path(__file__).parents[2] / "municipality"
NAMED = {
    "sr-Latn": ("Svi operateri", "Engleski", "Red operatera 2001"),
    "sr-Cyrl": ("Сви оператери", "Енглески", "Ред оператера 2001"),
    "en": ("All operators", "English", "Queue of operator 2001"),
}


@pytest.fixture
async def room(console):
    """A town whose queues have names; two callers wait, three calls were answered."""
    queues = load_town(MUNICIPALITY).all_queues
    names = {one.name: one.names for one in queues}
    town = replace(console.deps.town, queues=tuple(names), queue_names=names)
    object.__setattr__(console.deps, "town", town)
    console.app[PAGES].texts = Pages(console.deps).texts
    for number, queue in enumerate(("operators", "english")):
        told = {"linkedid": f"w.{number}", "queue": queue, "position": 1}
        console.app_board().apply(Event(EventType.CALL_QUEUED, NOW, told))
    await put(console, calls, call(1, 10), call(2, 5, queue="english"), call(3, 5, queue="own-2001"))
    return console


async def text_of(room, path, language, user="vera"):
    headers = {"Accept": "text/html", "Cookie": f"{COOKIE}={language}"}
    answer = await room.ask("GET", path, user=user, headers=headers)
    assert answer.status == 200
    return await answer.text()


@pytest.mark.parametrize("language", NAMED)
async def test_pages_say_the_name(room, language):
    general, english, own = NAMED[language]
    strip = await text_of(room, "/console/strip", language)
    assert f"{general} 1, {english} 1" in strip
    for path in (f"/console/reports?{DAY}", "/console/reports/month?month=2026-11"):
        shown = await text_of(room, path, language)
        for name in (general, english, own):
            assert f">{name}<" in shown, path
        for name in ("operators", "english", "own-2001"):
            assert f">{name}<" not in shown, path


@pytest.mark.parametrize("language", NAMED)
async def test_a_transfer_goes_to_a_queue_with_its_name(room, language):
    answer = await room.ask("GET", "/api/v1/transfer-targets", headers={"Cookie": f"{COOKIE}={language}"})
    names = {one["target"]: one["name"] for one in (await answer.json())["items"]}
    assert (names["queue-operators"], names["queue-english"]) == NAMED[language][:2]


async def test_files_have_both(room):
    path = f"/api/v1/reports/calls?{DAY}&table=queues&format="
    text = await (await room.ask("GET", f"{path}csv&definitions=0", user="vera")).text()
    rows = {row["queue"]: row["queue_name"] for row in csv.DictReader(io.StringIO(text))}
    assert rows == dict(zip(("operators", "english", "own-2001"), NAMED["sr-Latn"], strict=True))
    book = openpyxl.load_workbook(io.BytesIO(await (await room.ask("GET", f"{path}xlsx", user="vera")).read()))
    sheet = [[cell.value for cell in row] for row in book["Po redovima"].iter_rows(max_col=2)]
    assert sheet[0] == ["Red", "Naziv reda"]
    assert ["english", "Engleski"] in sheet


async def test_a_report_as_json_is_as_before(room):
    report = await room.json("GET", f"/api/v1/reports/calls?{DAY}", user="vera")
    (table,) = [one for one in report["tables"] if one["name"] == "queues"]
    assert {row["queue"] for row in table["rows"]} == {"operators", "english", "own-2001"}
    assert "queue_name" not in [column["name"] for column in table["columns"]]
