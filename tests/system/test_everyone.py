"""The console for everybody, in a real browser: WCAG 2.2 AA on every page, keyboard, languages, small screens.

Pages come from the route table: a new one is looked at without being named here.
"""

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import expect

from agent_console.access import Permission
from agent_console.door_policy import DoorPolicy
from calls.events import EventType
from centrala.setup.bundle import build_bundle, is_bundled
from tests.agent_console.conftest import PASSWORD, console  # noqa: F401  a fixture
from tests.agent_console.every_route import fill, pages, someone_who_may, store_something
from tests.agent_console.hostile_text import CORPUS
from tests.agent_console.test_calls_api import CALL
from tests.system.desk_browser import browser
from tests.system.test_console_browser import publish, ring

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
ALL = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
LOOKS = {"runOnly": {"type": "rule", "values": ["color-contrast", "target-size", "scrollable-region-focusable"]}}
"""What another size or scheme can change."""
LOOK = """async (rules) => (await axe.run(document, rules)).violations.flatMap((one) =>
  one.nodes.map((node) => `${one.id}: ${node.target.join(" ")}: ${node.failureSummary.split("\\n")[1] ?? ""}`))"""
SIZES = {"desk": (1366, 768), "telephone": (390, 844)}


@pytest.fixture(scope="module", autouse=True)
def bundle():
    if not is_bundled():
        build_bundle(lambda *_: None)


async def signed_in(opened, console, username, **options):  # noqa: F811
    context = await opened.new_context(viewport={"width": 1366, "height": 768}, bypass_csp=True, **options)
    page = await context.new_page()
    await page.goto(str(console.client.make_url("/login")))
    await page.fill("[name=username]", username)
    await page.fill("[name=password]", PASSWORD)
    await page.press("[name=password]", "Enter")
    await page.wait_for_load_state()
    return page


async def looked_at(page, name):
    """Return what is wrong with the page in light and dark, on a desk's screen and a telephone's."""
    await page.add_script_tag(path=str(AXE))
    wrong = []
    for size, (width, height) in SIZES.items():
        await page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)
            rules = ALL if (size, scheme) == ("desk", "light") else LOOKS
            wrong += [f"{name} [{size}, {scheme}] {one}" for one in await page.evaluate(LOOK, rules)]
        wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            wrong.append(f"{name} [{size}] is {wide} px too wide")
    await page.set_viewport_size({"width": 1366, "height": 768})
    return wrong


async def test_every_page_is_accessible(console):  # noqa: F811
    ids = await store_something(console)
    await console.ask("PUT", "/api/v1/operators/me/state", json={"state": "paused:obuka"})
    await ring(console)
    await publish(console, EventType.CALL_ANSWERED, linkedid=CALL, operator="2001", waited=4)
    walked = [one for one in pages(console, fragments=False) if one[1].permission is not Permission.HALF_SIGNED_IN]
    wrong, looked = [], 0
    async with browser() as opened:
        people = {}
        for path, route in walked:
            if route.permission is Permission.PUBLIC:
                context = await opened.new_context(bypass_csp=True)
                page = await context.new_page()
            else:
                user = someone_who_may(route.permission)
                page = people.get(user) or await signed_in(opened, console, user)
                people[user] = page
            answer = await page.goto(str(console.client.make_url(fill(path, ids))))
            assert answer.status == 200, path
            if await page.evaluate("document.doctype === null"):
                continue  # a part that other pages fetch
            looked += 1
            wrong += await looked_at(page, path)
            if path == "/console":
                await page.keyboard.press("Control+k")
                wrong += await looked_at(page, f"{path} go to")
        # The pages between the password and the console.
        object.__setattr__(console.deps, "doors", replace(DoorPolicy(), second_factor_required=True))
        page = await signed_in(opened, console, "admin")
        wrong += await looked_at(page, "/login/second-factor")
    assert looked >= 12
    assert wrong == [], "\n".join(wrong)


async def test_a_page_that_refuses_is_accessible_too(console):  # noqa: F811
    async with browser() as opened:
        page = await signed_in(opened, console, "ana")
        await page.goto(str(console.client.make_url("/console/cases/99999999")))
        assert await looked_at(page, "problem") == []


async def test_three_actions_from_the_ring_to_the_saved_case(console):  # noqa: F811
    async with browser() as opened:
        page = await signed_in(opened, console, "ana")
        await page.wait_for_selector("html[data-live=on]")
        await ring(console)
        await publish(console, EventType.CALL_ANSWERED, linkedid=CALL, operator="2001", waited=4)
        await expect(page.locator("#service")).to_be_focused()
        assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight"), (
            "nothing scrolls at 1366x768"
        )
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        actions = 0
        await page.select_option(":focus", "pothole")  # one: what
        actions += 1
        await page.locator("#description").press_sequentially("rupa ispred skole")  # two: what was said
        actions += 1
        await page.keyboard.press("Control+Enter")  # three: save
        actions += 1
        await expect(page.locator("#saved-number")).to_contain_text("-")
        assert actions <= 3
        (case,) = (await console.json("GET", "/api/v1/cases"))["items"]
        assert (case["linkedid"], case["description"]) == (CALL, "rupa ispred skole")


async def test_hostile_text_runs_nowhere_and_nothing_typed_stands_in_an_address(console):  # noqa: F811
    hostile = "".join(one for one in CORPUS if "<" in one)[:1500]
    case = await console.json(
        "POST", "/api/v1/cases", 201, key="everyone-1",
        json={"service_code": "pothole", "street": hostile[:200], "description": hostile},
    )  # fmt: skip
    await console.json("POST", f"/api/v1/cases/{case['number']}/notes", 201, json={"text": hostile}, key="everyone-2")
    ran, asked = [], []
    async with browser() as opened:
        page = await signed_in(opened, console, "ana")
        page.on("dialog", lambda dialog: ran.append(dialog.message))
        page.on("pageerror", lambda error: ran.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        base = str(console.client.make_url("")).rstrip("/")
        for path in ("/console/cases", f"/console/cases/{case['number']}", "/console/board", "/console"):
            await page.goto(base + path)
            assert await page.locator("#hostile").count() == 0
        await page.fill("#description", hostile)
        await page.check("[name=who][value=tell]")
        await page.fill("#contact", "0641234567")
        await page.fill("[name=name]", "Petar Petrovic")
        await page.select_option("#service", "pothole")
        await page.keyboard.press("Control+k")
        await page.locator("#go-input").press_sequentially("0641234567")
        await expect(page.locator("#go-found")).to_contain_text("Nema pogotka")
        await page.keyboard.press("Escape")
        await page.locator("#description").press("Control+Enter")
        await expect(page.locator("#saved-number")).to_contain_text("-")
        for path in ("/console/cases", "/console/calls"):
            await page.goto(base + path)
            async with page.expect_response(lambda answer, path=path: answer.url == base + path):
                await page.locator("[name=search]").press_sequentially("Petar Petrovic 0641234567", delay=0)
            await page.press("[name=search]", "Enter")
            await page.wait_for_load_state()
    assert ran == []
    assert len(asked) > 20
    for word in ("0641234567", "Petar", "Petrovic", "alert", "381641234567"):
        assert [url for url in asked if word in url] == []


async def test_the_keyboard_finds_its_way(console):  # noqa: F811
    async with browser() as opened:
        page = await signed_in(opened, console, "ana")
        await page.wait_for_selector("html[data-live=on]")
        await page.keyboard.press("Tab")
        await expect(page.locator(".skip")).to_be_focused()
        await expect(page.locator(".skip")).to_be_in_viewport()
        await page.keyboard.press("Enter")
        assert await page.evaluate("document.activeElement.id") == "content"
        await page.keyboard.press("?")
        await expect(page.locator("#keys")).to_contain_text("Ctrl+K")
        await page.keyboard.press("Escape")
        await page.keyboard.press("Control+k")
        await page.locator("#go-input").press_sequentially("predm")
        await expect(page.locator("#go-found a").first).to_have_text("Predmeti")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/console/cases")


async def test_the_language_is_switched_on_the_page(console):  # noqa: F811
    async with browser() as opened:
        page = await signed_in(opened, console, "ana")
        await page.wait_for_selector("html[data-live=on]")
        for tag, word in (("sr-Cyrl", "Шта већ знамо"), ("en", "What we know")):
            await page.click(".account summary")
            await page.click(f".languages [value={tag}]")
            await expect(page.locator("html")).to_have_attribute("lang", tag)
            await expect(page.locator("#context-title")).to_have_text(word)
            assert page.url.endswith("/console")
        await expect(page.locator(".languages [name=back]")).to_have_value("/console")
