"""As what a conversation is put on record is the town's to say: in the form, by the server, in reports."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from agent_console.pages.rendering import PAGES, Pages
from agent_console.reports.call_report import wrap_ups_table
from agent_console.reports.shown import shown_cell
from calls.events import Event, EventType
from cases.desk_rules import DEFAULT_OUTCOMES, DeskRules, Outcome
from storage.tables import audit
from tests.agent_console.conftest import NOW, TOWN
from tests.agent_console.test_calls_api import CALL, ring, store_call
from tests.agent_console.test_pages import page

PATH = "/api/v1/operators/me/wrapup"
SNOW = Outcome(id="snow", names={"sr": "Sneg nije očišćen", "en": "Snow not cleared"})


@pytest.fixture
def snowy(console):
    """The console of a town that names one outcome only."""
    town = replace(console.deps.town, desk=DeskRules(outcomes=(SNOW,)))
    object.__setattr__(console.deps, "town", town)
    console.app[PAGES].texts = Pages(console.deps).texts
    return console


async def end_a_call(console):
    await store_call(console)
    await ring(console, answer=True)
    console.app_board().apply(Event(EventType.CALL_ENDED, NOW, {"linkedid": CALL, "outcome": "operator"}))


async def test_the_form_shows_the_towns_words_and_the_server_takes_no_others(snowy):
    await end_a_call(snowy)
    shown = await page(snowy, "/console")
    assert 'value="snow"' in shown
    assert "Sneg nije očišćen" in shown
    assert 'value="informed"' not in shown
    refused = await snowy.json("POST", PATH, 422, json={"outcome": "informed"}, key="wrapup-key-1")
    assert (refused["field"], refused["detail"]) == ("outcome", "outcome is one of snow")
    await snowy.json("POST", PATH, json={"outcome": "snow"}, key="wrapup-key-2")
    async with snowy.deps.database.read() as connection:
        rows = (await connection.execute(select(audit.c.data).where(audit.c.action == "wrapup"))).scalars().all()
    assert [row["outcome"] for row in rows] == ["snow"]


async def test_reports_name_it_in_each_language_of_the_pages(snowy):
    table = wrap_ups_table({"snow": 2, "of_long_ago": 1})
    texts = snowy.app[PAGES].texts
    for tag, words in (
        ("sr-Latn", "Sneg nije očišćen"),
        ("sr-Cyrl", "Снег није очишћен"),
        ("en", "Snow not cleared"),
    ):
        named = [shown_cell(row["wrapup_outcome"], table.columns[0], texts[tag]) for row in table.rows]
        assert named == [words, "of_long_ago"], "what the file has no more is shown as it is stored"


def test_the_sample_town_has_its_eight_and_a_town_that_names_none_still_has_some():
    assert [one.id for one in TOWN.desk.outcomes] == [
        *("informed", "case_opened", "case_followed", "transferred"),
        *("callback_promised", "wrong_number", "silent", "abusive"),
    ]
    assert DeskRules().outcomes == DEFAULT_OUTCOMES


def test_no_more_than_the_digit_keys_reach():
    ten = tuple(Outcome(id=f"o{letter}", names={"sr": letter}) for letter in "abcdefghij")
    with pytest.raises(ValueError, match="at most 9 items"):
        DeskRules(outcomes=ten)
