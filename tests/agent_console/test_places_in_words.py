"""Places of the menu are told in the page's language and letters, in reports and on a call's page."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import insert

from agent_console.pages.rendering import PAGES, Pages
from agent_console.reports.shapes import Column, Unit
from agent_console.reports.shown import shown_cell
from agent_console.town_view import place_names
from ivr.loader import load_flows
from storage.tables import call_steps
from tests.agent_console.conftest import NOW
from tests.agent_console.test_calls_api import CALL, store_call
from tests.agent_console.test_pages import page

MUNICIPALITY = Path(__file__).parents[2] / "municipality"
WAY = "language 1 › language sr › main 0 › emergency"
IN_WORDS = {
    "sr-Latn": "izbor jezika [1] › izbor jezika: srpski › glavni meni [0] › prijava: hitni brojevi",
    "sr-Cyrl": "избор језика [1] › избор језика: српски › главни мени [0] › пријава: хитни бројеви",
    "en": "choice of language [1] › choice of language: Serbian › main menu [0] › report: emergency numbers",
}


@pytest.fixture
def named(console):
    """The console of a town whose menu has names."""
    town = replace(console.deps.town, places=place_names(load_flows(MUNICIPALITY / "flows")))
    object.__setattr__(console.deps, "town", town)
    console.app[PAGES].texts = Pages(console.deps).texts
    return console


def test_a_way_through_the_menu_has_no_word_of_the_flows(named):
    column = Column(name="path", unit=Unit.TEXT)
    shown = {tag: shown_cell(WAY, column, named.app[PAGES].texts[tag]) for tag in IN_WORDS}
    assert shown == IN_WORDS


def test_the_start_and_a_place_that_nobody_named(named):
    node, words = Column(name="node", unit=Unit.TEXT), named.app[PAGES].texts["sr-Latn"]
    assert shown_cell("", node, words) == "(početak)"
    assert shown_cell("old_place", node, words) == "old place"


async def test_a_calls_page_says_where_the_caller_was(named):
    await store_call(named)
    async with named.deps.database.begin() as connection:
        data = {"node": "main", "flow": "inbound", "keys": "0"}
        row = {"linkedid": CALL, "step": 1, "kind": "call.menu", "at": NOW, "node": 1, "data": data}
        await connection.execute(insert(call_steps).values(row))
    shown = await page(named, f"/console/calls/{CALL}", user="vera")
    assert "glavni meni" in shown
    assert ">main<" not in shown
