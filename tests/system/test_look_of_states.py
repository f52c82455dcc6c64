"""Pages in rare states, measured: a refused form, a case just saved, old figures, the public site on a telephone."""

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import expect

from agent_console.pages.languages import LANGUAGES
from agent_console.reports.freshness import Age
from calls.alarms import AlarmKind, alarm_id
from calls.ids import CaseNumber
from calls.ports import CaseStatusAnswer
from cases.town_loader import load_town
from centrala.setup.bundle import build_bundle, is_bundled
from public_site.app import build_app
from public_site.dependencies import PublicDependencies
from storage.alarm_repository import raise_alarm
from storage.database import Database, DatabaseDown
from storage.tables import calls
from tests.agent_console.conftest import console  # noqa: F401  a fixture
from tests.agent_console.reports.test_routes import call, put
from tests.agent_console.test_why_an_order_failed import failed  # noqa: F401  a fixture
from tests.alarms_said import ENGLISH, SERBIAN
from tests.system.desk_browser import browser
from tests.system.test_everyone import signed_in

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]
WALL = {"width": 1920, "height": 1080}
SIZES = {"desk": {"width": 1366, "height": 768}, "telephone": {"width": 390, "height": 844}}
TOO_WIDE = "document.documentElement.scrollWidth - innerWidth"
SAVE = "#case-form [name=go][value=save]"
ORDER = "#case-form [name=go][value=order]"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NUMBER = CaseNumber.mint(2026, 1, 41)
TEXT_HEIGHTS = """cells => cells.map((cell) => {
  const range = document.createRange();
  range.selectNodeContents(cell.firstChild);
  return range.getBoundingClientRect().height;
})"""
CONTRAST = """element => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map((one) => one / 255)
      .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const style = getComputedStyle(element);
  const pair = [light(style.borderTopColor), light(style.backgroundColor)].sort((a, b) => b - a);
  return (pair[0] + 0.05) / (pair[1] + 0.05);
}"""


@pytest.fixture(scope="module", autouse=True)
def bundle():
    if not is_bundled():
        build_bundle(lambda *_: None)


@pytest.fixture
async def desk(console):  # noqa: F811
    """A page of the desk, live, whose script errors end the test."""
    faults = []
    async with browser() as opened:
        page = await signed_in(opened, console, "ana")
        page.on("pageerror", lambda error: faults.append(str(error)))
        await page.wait_for_selector("html[data-live=on]")
        yield page
        assert faults == []


async def distance(page, name):
    """Return the pixels from the lower edge of a field to the upper edge of what is wrong with it."""
    field, wrong = [await page.locator(one).bounding_box() for one in (name, "#case-wrong")]
    return wrong["y"] - field["y"] - field["height"]


@pytest.mark.parametrize("size", SIZES)
async def test_what_is_wrong_stands_beside_its_field_and_goes_when_it_is_mended(desk, size):
    await desk.set_viewport_size(SIZES[size])
    await desk.click(SAVE)
    await expect(desk.locator("#case-wrong")).to_have_text("✕ Izaberite vrstu problema.")
    await expect(desk.locator("#case-wrong")).to_be_in_viewport(ratio=1)
    assert 0 <= await distance(desk, "#service") <= 16
    await expect(desk.locator("#service")).to_have_attribute("aria-describedby", "case-wrong")
    await expect(desk.locator("#service")).to_be_focused()
    await desk.select_option("#service", "burst_main")
    await expect(desk.locator("#case-wrong")).to_have_text("")
    await desk.click(SAVE)
    await expect(desk.locator("#case-wrong")).to_have_text("✕ Upišite opis ili ulicu.")
    await expect(desk.locator("#case-wrong")).to_be_in_viewport(ratio=1)
    assert 0 <= await distance(desk, "#description") <= 16
    assert await desk.evaluate(TOO_WIDE) <= 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_border_of_a_field_can_be_seen(desk, scheme):
    await desk.emulate_media(color_scheme=scheme)
    fields = await desk.locator("input:not([type=checkbox], [type=radio], [type=hidden]), select, textarea").all()
    assert len(fields) > 5
    assert [await one.get_attribute("name") for one in fields if await one.evaluate(CONTRAST) < 3] == []


async def test_a_database_that_is_away_is_told_in_the_pages_language(desk, console, monkeypatch):  # noqa: F811
    await desk.select_option("#service", "burst_main")
    await desk.fill("#description", "voda na kolovozu")

    def down(_database):
        raise DatabaseDown("connection refused")

    monkeypatch.setattr(Database, "begin", down)
    await desk.click(SAVE)
    wrong = desk.locator("#case-wrong")
    await expect(wrong).to_contain_text("Nije sačuvano. Ništa od upisanog nije izgubljeno. Baza se ne odaziva")
    await expect(wrong).not_to_contain_text("connection refused")
    await desk.set_viewport_size(SIZES["telephone"])
    await expect(desk.locator("#draft-state")).to_contain_text("!")
    for name in ("#draft-state", "#discard"):
        box = await desk.locator(name).bounding_box()
        assert box["x"] + box["width"] <= 390 - 8, name
    assert await desk.input_value("#description") == "voda na kolovozu"


async def test_a_saved_case_shows_what_to_tell_the_citizen_and_nothing_to_throw_away(desk):
    await desk.select_option("#service", "burst_main")
    await desk.fill("#description", "voda na kolovozu")
    await desk.click(ORDER)
    await expect(desk.locator("#saved-order")).to_contain_text("Nalog je poslat")
    await expect(desk.locator("#saved-due")).to_contain_text("Vodovod · rok")
    for size in SIZES.values():  # a window that changes its size meanwhile must not break the map of the next case
        await desk.set_viewport_size(size)
        for name in ("#saved-number", "#saved-pin", "#saved-due", "#next-case"):
            await expect(desk.locator(name)).to_be_in_viewport(ratio=1)
        assert await desk.evaluate(TOO_WIDE) <= 0
    for name in ("#discard", "#draft-others", "#case-form"):
        await expect(desk.locator(name)).to_be_hidden()
    await desk.click("#next-case")
    await expect(desk.locator("#service")).to_be_focused()
    await expect(desk.locator("#discard")).to_be_visible()


async def test_an_order_without_a_crew_says_whom_to_call(desk, console):  # noqa: F811
    bodies = {name: replace(one, crews=()) for name, one in console.deps.town.organisations.items()}
    object.__setattr__(console.deps, "town", replace(console.deps.town, organisations=bodies))
    await desk.select_option("#service", "burst_main")
    await desk.fill("#description", "voda na kolovozu")
    await desk.click(ORDER)
    await expect(desk.locator("#saved-order")).to_have_text(
        "✕ Predmet je sačuvan, ali nalog nije poslat: Vodovod nema ekipu na vezi. Pozovite dežurnog."
    )


async def test_old_figures_say_so_once_and_the_month_is_short_on_a_telephone(console):  # noqa: F811
    await put(console, calls, call(1, 10), call(2, 12))
    object.__setattr__(console.deps, "data_age", lambda now: Age(now - timedelta(minutes=43), "pbx"))
    async with browser() as opened:
        page = await signed_in(opened, console, "vera")
        await page.set_viewport_size(SIZES["telephone"])
        for path in ("/console/reports/calls?from=2026-11-22&until=2026-11-22", "/console/reports/month?month=2026-11"):
            await page.goto(str(console.client.make_url(path)))
            stale = page.locator(".stale")
            await expect(stale).to_be_in_viewport(ratio=1)
            said = await stale.inner_text()
            assert said.count("43 min") == 1, said
            assert (await stale.bounding_box())["height"] <= 110
            assert await page.evaluate(TOO_WIDE) <= 0
        rows = page.locator(".month-part").first.locator("table.list tbody tr")
        heights = await rows.evaluate_all("rows => rows.map((row) => row.getBoundingClientRect().height)")
        assert len(heights) >= 16
        assert max(heights[:16]) <= 80


async def test_the_tries_of_an_order_keep_their_words_whole_on_a_telephone(console, failed):  # noqa: F811
    async with browser() as opened:
        page = await signed_in(opened, console, "ana")
        await page.set_viewport_size(SIZES["telephone"])
        await page.goto(str(console.client.make_url(f"/console/cases/{failed}")))
        words = page.locator(".order td", has_text="neuspelo")
        await expect(words).to_have_count(2)
        line = await words.first.evaluate("cell => parseFloat(getComputedStyle(cell).lineHeight)")
        lines = await words.evaluate_all(TEXT_HEIGHTS)
        assert max(lines) < 1.5 * line
        assert await page.evaluate(TOO_WIDE) <= 0


RAISED = {
    alarm_id(AlarmKind.TRUNK_DOWN, "telekom"): {},
    alarm_id(AlarmKind.SEND_FAILED, "o1"): {"case": str(NUMBER)},
    alarm_id(AlarmKind.RECORDINGS_PURGE): {"count": 12, "which": "/srv/recordings"},  # the longest sentence
}
CUT = "one => one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight"


@pytest.mark.parametrize("tag", LANGUAGES)
async def test_alarms_on_the_board_are_whole_and_in_its_language_alone(console, tag):  # noqa: F811  the fixture
    english = {"text": "The line is down and nobody can call.", "mend": "Check the line."}
    async with console.deps.database.begin() as connection:
        for name, data in RAISED.items():
            await raise_alarm(connection, name, level="critical", **english, data=data, now=console.clock())
    async with browser() as opened:
        page = await signed_in(opened, console, "vera")
        form = {"language": tag, "csrf": await page.get_attribute("meta[name=csrf]", "content")}
        await page.context.request.post(str(console.client.make_url("/language")), form=form)
        await page.goto(str(console.client.make_url("/console/board")))
        alarms = page.locator(".alarms .alarm")
        await expect(alarms).to_have_count(3)
        said = " ".join(await alarms.all_inner_texts())
        assert english["text"] not in said
        assert bool(ENGLISH.search(said)) == (tag == "en"), said
        assert bool(SERBIAN.search(said)) == (tag == "sr-Latn"), said
        assert bool(re.search("[а-яђјљњћџ]", said)) == (tag == "sr-Cyrl"), said
        for name, size in {**SIZES, "wall": WALL}.items():
            await page.set_viewport_size(size)
            for one in await alarms.all():
                await expect(one).to_be_in_viewport(ratio=1)
                assert not await one.evaluate(CUT), name
            assert await page.evaluate(TOO_WIDE) <= 0, name
        # A wall is read from five metres: a line of what is wrong and of what to do is as high as this there.
        wrong, do = [alarms.first.locator(part) for part in ("strong", "p:last-child")]
        for one in (wrong, do):
            assert await one.evaluate("one => parseFloat(getComputedStyle(one).fontSize)") >= 24
        await expect(page.locator("#board-waiting")).to_be_in_viewport(ratio=1)


@pytest.fixture
async def site(tmp_path):
    """The address of a public site with one case."""

    class Status:
        async def status_of(self, number, pin):
            known = number == NUMBER and pin == "1234"
            return (
                CaseStatusAnswer(number, "ordered", "burst_main", NOW, NOW + timedelta(hours=24), None)
                if known
                else None
            )

    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    await database.create_all()
    town = load_town(Path(__file__).parents[2] / "municipality")
    async with TestServer(build_app(PublicDependencies(database, Status(), town, lambda: NOW))) as server:
        yield server, town
    await database.close()


async def test_the_public_site_fits_a_telephone_in_every_language(site):
    server, town = site
    async with browser() as opened:
        page = await opened.new_page(viewport=SIZES["telephone"])
        for language, pin in [(one, pin) for one in town.languages for pin in ("1234", "9999")]:
            await page.goto(str(server.make_url(f"/?language={language}")))
            await page.fill("[name=number]", str(NUMBER))
            await page.fill("[name=pin]", pin)
            await asyncio.gather(page.wait_for_event("load"), page.click("button"))
            answer = page.locator(".found" if pin == "1234" else ".problem").first
            await expect(answer).to_be_in_viewport(ratio=1)
            await expect(page.locator(".call a")).to_have_attribute("href", f"tel:{town.dids[0]}")
            assert await page.evaluate(TOO_WIDE) <= 0, language
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)
            assert await page.locator("[name=pin]").evaluate(CONTRAST) >= 3, scheme
