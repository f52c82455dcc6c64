"""What operators must see without scrolling: the way out of a call, the questions to ask, menus on a telephone."""

import pytest
from playwright.async_api import expect

from calls.events import EventType
from centrala.setup.bundle import build_bundle, is_bundled
from tests.agent_console.conftest import console  # noqa: F401  a fixture
from tests.agent_console.test_calls_api import CALL
from tests.agent_console.test_cases_api import REPORTER, make
from tests.system.desk_browser import browser
from tests.system.test_console_browser import publish, ring
from tests.system.test_everyone import signed_in

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]
CUT = "element => element.scrollHeight - element.clientHeight"
REFUSED = {
    "sr-Cyrl": "Телефонска централа је одбила. Покушајте поново; ако се понови, јавите администратору.",
    "en": "The telephone exchange refused. Try again; if it happens again, tell the administrator.",
    "sr-Latn": "Telefonska centrala je odbila. Pokušajte ponovo; ako se ponovi, javite administratoru.",
}
TOO_WIDE = "document.documentElement.scrollWidth - innerWidth"


@pytest.fixture(scope="module", autouse=True)
def bundle():
    if not is_bundled():
        build_bundle(lambda *_: None)


async def test_a_call_with_six_known_cases_fits_to_its_end(console):  # noqa: F811
    for number in range(6):
        await make(console, key=f"look-case-{number}", reporter=REPORTER, house_number=str(number + 1))
    async with browser() as opened:
        page = await signed_in(opened, console, "ana")
        await page.wait_for_selector("html[data-live=on]")
        await ring(console)
        await publish(console, EventType.CALL_ANSWERED, linkedid=CALL, operator="2001", waited=4)
        await expect(page.locator("#call-column[data-call-state=talks]")).to_be_visible()
        await expect(page.locator("#own-cases .case-line")).to_have_count(6)
        await page.select_option("#service", "burst_main")
        await expect(page.locator("#procedure li").first).to_be_in_viewport(ratio=1)
        await expect(page.locator("#procedure li").nth(2)).to_be_in_viewport(ratio=1)
        first, second = [await page.locator(name).bounding_box() for name in ("[data-steer=hold]", "#steer-open")]
        assert first["y"] == second["y"], "hold and transfer stand side by side"
        assert await page.locator("#call-column").evaluate(CUT) <= 0
        await publish(console, EventType.CALL_ENDED, linkedid=CALL, outcome="operator")
        await expect(page.locator("#wrapup button.main")).to_be_in_viewport(ratio=1)
        assert await page.locator("#call-column").evaluate(CUT) <= 0


async def test_menus_of_a_page_fit_on_a_telephone(console):  # noqa: F811
    async with browser() as opened:
        page = await signed_in(opened, console, "ana")
        await page.wait_for_selector("html[data-live=on]")
        await page.set_viewport_size({"width": 390, "height": 844})
        for menu, item in (("#pause-open", "#pause-menu .card"), (".account summary", ".account .card")):
            await page.click(menu)
            await expect(page.locator(item)).to_be_in_viewport(ratio=1)
            assert await page.evaluate(TOO_WIDE) <= 0, menu
            await page.click(menu)


async def test_a_refusal_says_who_refused_in_the_pages_language(console):  # noqa: F811
    async with browser() as opened:
        page = await signed_in(opened, console, "ana")
        console.pbx.refuse = "Queue operators does not exist"
        for language, said in REFUSED.items():
            await page.click(".account summary")
            await page.click(f".languages [value={language}]")
            await page.wait_for_selector(f"html[lang={language}][data-live=on]")
            await page.click("[data-set-state=ready]")
            await expect(page.locator("#mine-wrong")).to_have_text(f"✕ {said}")
