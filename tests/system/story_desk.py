"""The story at the operator's desk: the call rings and is answered, the case is written, the call is wrapped up."""

from __future__ import annotations

import asyncio
from pathlib import Path

from playwright.async_api import Page, expect
from playwright.async_api import TimeoutError as PlaywrightTimeout

from centrala.simulate.softphone import PhoneCall, Softphone
from centrala.simulate.tones import write_tone
from tests.system.installation import Installation

CITIZEN, OPERATOR = 500.0, 800.0
"""Pitches of the two voices, in hertz."""
NUMBER = "0641234567"
REPORTER = "Živojin Probni"


async def ring(
    installation: Installation, desk: Page, citizen: Softphone, operator: Softphone, folder: Path
) -> tuple[PhoneCall, PhoneCall]:
    """The citizen chooses English and "report a problem"; the desk pops before the operator answers."""
    account = await citizen.account(NUMBER)
    calling = await citizen.call(f"sip:311@{installation.sip}", account=account, heard=folder / "citizen.wav")
    for key in ("2", "2"):
        assert await calling.wait_sound()
        await calling.wait_silence(0.7, 1.0)
        await calling.keys(key)
        await calling.wait_silence(0.05, 1.0)
    rung = await asyncio.wait_for(operator.incoming.get(), 40)
    await popped(desk, installation)
    assert not any(event["event"] == "answered" for event in rung.events), "popped before it was answered"
    column = desk.locator("#call-column")
    await expect(column).to_contain_text("064 123 45 67")
    await expect(column.locator(".step").first).to_be_visible()
    for what in ("2 izbor jezika", "2 glavni meni"):
        await expect(column).to_contain_text(what)
    await expect(column).to_have_attribute("data-language", "en")
    await expect(column).to_have_attribute("data-call-state", "rings")
    return calling, rung


async def popped(desk: Page, installation: Installation) -> None:
    """Wait for the pop while the phone rings; one that does not come says what the desk and the console saw."""
    try:
        await desk.wait_for_selector("html[data-pop]", timeout=40_000)
    except PlaywrightTimeout:
        state = await desk.evaluate("({...document.documentElement.dataset, ...document.body.dataset})")
        column = await desk.inner_text("#call-column")
        log = (installation.home / "log" / "console.log").read_text(errors="replace")[-3000:]
        raise AssertionError(f"no pop; desk {state}, column {column!r}, console:\n{log}") from None


async def answer(desk: Page, calling: PhoneCall, rung: PhoneCall, folder: Path) -> str:
    """Both talk; return the call's id as the desk knows it."""
    await rung.answer(heard=folder / "operator.wav")
    for call, hertz in ((calling, CITIZEN), (rung, OPERATOR)):
        await call.do("play_start", file=str(write_tone(folder, hertz=hertz, seconds=1.0)), loop=True)
    column = desk.locator("#call-column")
    await expect(column).to_have_attribute("data-call-state", "talks")
    return await column.get_attribute("data-linkedid") or ""


async def write_case(desk: Page, linkedid: str, rung: PhoneCall) -> str:
    """Fill the form while talking, reload in the middle, save with the order; return the case number."""
    await desk.select_option("#service", "burst_main")
    await expect(desk.locator("#service-answer")).to_contain_text("Vodovod")
    await expect(desk.locator("#service-answer")).to_contain_text("rok")
    await expect(desk.locator("#procedure")).to_contain_text("Poslati nalog ekipi")
    await desk.locator("#street").press_sequentially("glav", delay=30)
    await expect(desk.locator("#street-list li").first).to_contain_text("Glavna")
    await desk.press("#street", "Enter")
    await desk.fill("#house", "12")
    await desk.press("#house", "Tab")
    await expect(desk.locator("#street-answer")).to_contain_text("✓")
    await expect(desk.locator("#map path[fill-opacity='1']")).to_have_count(1)
    await desk.fill("#description", "Voda izbija na kolovoz kod pijace.")

    await desk.reload()
    await desk.wait_for_selector("html[data-live=on]")
    column = desk.locator("#call-column")
    await expect(column).to_have_attribute("data-linkedid", linkedid)
    await expect(column).to_have_attribute("data-call-state", "talks")
    await expect(desk.locator("#description")).to_have_value("Voda izbija na kolovoz kod pijace.")
    await expect(desk.locator("#street")).to_have_value("Glavna")
    assert not rung.ended, "a reload of the page changes nothing about the call"

    await desk.check("[name=who][value=tell]")
    await expect(desk.locator("#contact")).to_have_value("064 123 45 67")
    await desk.fill("[name=name]", REPORTER)
    await desk.click("#save-order")
    await expect(desk.locator("#saved")).to_be_visible()
    await expect(desk.locator("#saved-order")).to_contain_text("✓")
    assert len(await desk.inner_text("#saved-pin")) == 4
    return (await desk.inner_text("#saved-number")).replace("-", "")


async def the_timeline_says_so(desk: Page, installation: Installation, case: str) -> None:
    """The case's page shows the acknowledgement on the order and on the timeline."""
    page = await desk.context.new_page()
    await page.goto(f"{installation.console_url}/console/cases/{case}")
    await expect(page.locator("article.order.acknowledged")).to_have_count(1)
    await expect(page.locator("article.order")).to_contain_text("potvrđeno")
    await expect(page.locator(".timeline")).to_contain_text("u radu")
    await expect(page.locator("#map")).to_be_visible()
    await page.close()


async def wrap_up(desk: Page, installation: Installation, linkedid: str) -> None:
    """The ended call stays on the desk until it has an outcome."""
    form = desk.locator("#wrapup")
    await expect(form).to_be_visible()
    await form.locator("[value=case_opened]").check()
    await form.locator("button.main").click()
    await expect(desk.locator("#call-column .empty")).to_be_visible()
