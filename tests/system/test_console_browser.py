"""The operator's desk in a real browser: sign-in, pop, case, order, reload, wrap-up. Bus events play the PBX."""

import shutil

import pytest
from playwright.async_api import async_playwright, expect

from agent_console.live_socket import HUB
from calls.caller import Caller
from calls.events import Event, EventType
from centrala.setup.bundle import build_bundle, is_bundled
from tests.agent_console.conftest import PASSWORD, console, database_down  # noqa: F401  fixtures
from tests.agent_console.test_calls_api import CALL, store_call, store_recording

pytestmark = pytest.mark.system
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]
SECOND_CALL = "centrala-1700000009.9"


@pytest.fixture(scope="module", autouse=True)
def bundle():
    if not is_bundled():
        build_bundle(lambda *_: None)


@pytest.fixture
async def browser():
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program, "chromium is missing: install the package chromium"
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield opened
        await opened.close()


@pytest.fixture
async def open_page(console, browser):  # noqa: F811
    faults = []

    async def open_as(username, width=1366, height=768):
        context = await browser.new_context(viewport={"width": width, "height": height})
        page = await context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: faults.append(message.text) if "Content Security" in message.text else None)
        page.on("request", lambda request: faults.append(request.url) if not request.url.startswith(address) else None)
        await page.goto(f"{address}/login")
        await page.fill("[name=username]", username)
        await page.fill("[name=password]", PASSWORD)
        await page.press("[name=password]", "Enter")
        await page.wait_for_selector("html[data-live=on]")
        return page

    address = str(console.client.make_url("")).rstrip("/")
    yield open_as
    assert faults == [], "script errors, policy violations or requests that left the machine"


async def publish(console, kind, **data):  # noqa: F811
    await console.bus.publish(Event(kind, console.clock(), data))


async def ring(console, linkedid=CALL):  # noqa: F811
    console.app[HUB].board.note_caller(linkedid, Caller.parse("0641234567"), console.clock())
    await publish(console, EventType.CALL_MENU, linkedid=linkedid, node="Prijava", keys="2", language="sr")
    await publish(console, EventType.POP, linkedid=linkedid, operator="2001", queue="operators")
    await publish(console, EventType.CALL_RINGING, linkedid=linkedid, operator="2001", queue="operators")


async def test_from_the_ring_to_the_order(console, open_page):  # noqa: F811
    page = await open_page("ana")
    other = await open_page("boris")
    await page.click("[data-set-state=ready]")
    await expect(page.locator("#mine-word")).to_have_text("Spreman")

    await ring(console)
    await expect(page.locator(".caller")).to_have_text("064 123 45 67")
    await expect(page.locator("#call-column")).to_contain_text("Prijava")
    await expect(other.locator("#call-column")).to_contain_text("Nema poziva")

    await publish(console, EventType.CALL_ANSWERED, linkedid=CALL, operator="2001", waited=4)
    await expect(page.locator("#call-column")).to_contain_text("Razgovor")
    await page.select_option("#service", "burst_main")
    await expect(page.locator("#service-answer")).to_contain_text("Vodovod")
    await page.locator("#street").press_sequentially("vidovd")
    await expect(page.locator("#street-list li").first).to_contain_text("Vidovdanska")
    await page.keyboard.press("Enter")
    await page.fill("#house", "12")
    await page.fill("#description", "voda na kolovozu")
    assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight"), "no scrolling while talking"

    await page.reload()
    await expect(page.locator(".caller")).to_have_text("064 123 45 67")
    await expect(page.locator("#description")).to_have_value("voda na kolovozu")
    await expect(page.locator("#service")).to_have_value("burst_main")

    await page.check("[name=who][value=tell]")
    await expect(page.locator("#rec-word")).to_contain_text("pauzirano")
    await page.click("#save-order")
    await expect(page.locator("#saved-order")).to_contain_text("Nalog je poslat")
    cases = (await console.json("GET", "/api/v1/cases"))["items"]
    assert [(case["status"], case["linkedid"], case["street"]) for case in cases] == [("ordered", CALL, "Vidovdanska")]
    assert ("pause_recording", CALL, True) in console.pbx.done
    assert console.pbx.done[-1] == ("pause_recording", CALL, False)

    await publish(console, EventType.CALL_ENDED, linkedid=CALL, outcome="operator")
    await page.check("#wrapup [value=case_opened]")
    await page.click("#wrapup button.main")
    await expect(page.locator("#call-column")).to_contain_text("Nema poziva")


async def test_a_pop_is_on_the_screen_before_the_database_is_asked(console, open_page, database_down):  # noqa: F811
    page = await open_page("ana")
    database_down()
    await ring(console)
    await expect(page.locator(".caller")).to_have_text("064 123 45 67")
    await expect(page.locator("#call-column")).to_contain_text("Zvoni")


async def test_a_lost_connection_is_shown_and_the_page_catches_up(console, open_page):  # noqa: F811
    page = await open_page("ana")
    hub = console.app[HUB]
    for client in list(hub._clients):
        client.queue.put_nowait(None)
    await expect(page.locator("#lost")).to_be_visible()
    await ring(console, SECOND_CALL)
    await expect(page.locator(".caller")).to_have_text("064 123 45 67")
    await expect(page.locator("#lost")).to_be_hidden()


async def test_a_refused_state_is_red_and_changes_nothing(console, open_page):  # noqa: F811
    page = await open_page("ana")
    console.pbx.refuse = "Queue operators does not exist"
    await page.click("[data-set-state=ready]")
    await expect(page.locator("#mine-wrong")).to_contain_text("Telefonska centrala je odbila.")
    await expect(page.locator("#mine-word")).to_have_text("Odjavljen")


async def test_a_supervisor_hears_a_recording_after_saying_why(console, open_page):  # noqa: F811
    rate = (8000).to_bytes(4, "little")
    sound = b"RIFF" + (36 + 16000).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    sound += b"\x01\x00\x01\x00" + rate + (16000).to_bytes(4, "little") + b"\x02\x00\x10\x00data"
    sound += (16000).to_bytes(4, "little") + bytes(16000)
    await store_call(console)
    await store_recording(console, sound)
    page = await open_page("vera")
    await page.goto(str(console.client.make_url("/console/recordings?recording=rec-1")))
    assert await page.locator("#audio").get_attribute("src") is None
    await page.fill("#purpose", "Provera pritužbe")
    await page.press("#purpose", "Enter")
    await page.wait_for_function("() => document.getElementById('audio').duration === 1")
    await page.goto(str(console.client.make_url("/console/recordings?recording=rec-1")))
    await expect(page.locator("#player")).to_contain_text("Provera pritužbe")
    await page.wait_for_function("() => document.getElementById('audio').duration === 1")


async def test_the_go_to_box_finds_a_case_by_its_number(console, open_page):  # noqa: F811
    body = {"service_code": "pothole", "street": "Vidovdanska"}
    case = await console.json("POST", "/api/v1/cases", 201, json=body, key="browser-case-1")
    page = await open_page("ana")
    await page.keyboard.press("Control+k")
    await page.locator("#go-input").press_sequentially(case["shown"])
    await expect(page.locator("#go-found")).to_contain_text(case["shown"])
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/console/cases/{case['number']}")
