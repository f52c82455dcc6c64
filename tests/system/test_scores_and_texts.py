"""A supervisor reads what was said, goes there, and scores it by a form of their own; the operator answers, once.

In real Chromium, on a recording that the real recogniser heard.
"""

from __future__ import annotations

import json
import os
from contextlib import AsyncExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import insert

from centrala.recogniser import InstalledModel, recogniser_of
from recordings.sealing import SealJob, seal_job
from recordings.transcriber import Transcriber
from storage.tables import recordings
from tests.agent_console.conftest import NOW, PASSWORD
from tests.agent_console.conftest import console as console
from tests.agent_console.test_calls_api import CALL, audits, store_call
from tests.centrala.test_recogniser import MODEL, write
from tests.system.desk_browser import browser, sign_in
from tests.system.test_everyone import ALL, AXE, LOOK

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]
NAME = "1795317647.0"
SHOTS = os.environ.get("CENTRALA_SCREENSHOTS", "")


async def look(page: Page, name: str) -> None:
    """Keep a picture where somebody asked for one."""
    if SHOTS:
        await page.set_viewport_size({"width": 1366, "height": 768})
        await page.screenshot(path=f"{SHOTS}/{name}.png")


async def is_accessible(page: Page) -> None:
    await page.evaluate(AXE.read_text("utf-8"))
    assert await page.evaluate(f"({LOOK})({json.dumps(ALL)})") == []


async def hear_a_call(console: Any, folder: Path) -> None:
    """Store a call in which the caller says water and then the operator status, and give it its text."""
    deps = console.deps
    await store_call(console)
    sources = (write(folder / "caller.wav", 0.5, "voda", 5.0), write(folder / "system.wav", 3.0, "status", 1.0))
    path = f"calls/2026-11-22/{NAME}.sealed"
    done = seal_job(SealJob(NAME, NOW, sources, deps.recordings_dir / path), deps.recording_keys, NOW)
    row = {"id": NAME, "linkedid": CALL, "path": path, "kind": "call", "state": "complete", "started_at": NOW}
    async with deps.database.begin() as connection:
        await connection.execute(insert(recordings).values(row | {"seconds": done.seconds}))
    recogniser = recogniser_of(InstalledModel(MODEL, ("sr",)), deps.recording_keys, deps.recordings_dir)
    transcriber = Transcriber(
        deps.database, deps.recordings_dir, deps.recording_keys, deps.clock, recogniser, lambda: True
    )
    assert await transcriber.step()
    assert not await transcriber.step(), "one call, one text; the process rests"


async def test_what_was_said_is_read_scored_and_answered(console, tmp_path):
    await hear_a_call(console, tmp_path)
    url = str(console.client.make_url("/")).rstrip("/")
    people = dict.fromkeys(("vera", "ana"), ("", PASSWORD, ""))
    installation: Any = SimpleNamespace(console_url=url, accounts=people)
    async with AsyncExitStack() as stack:
        opened = await stack.enter_async_context(browser())
        page, faults = await sign_in(opened, installation, "vera")
        await make_a_form(page, url)
        await read_and_go_there(page, url, console)
        await score(page)
        own, own_faults = await sign_in(opened, installation, "ana")
        await answer(own, url)
        await see_the_mean(page, url)
        assert (faults, own_faults) == ([], [])
    assert [row["actor"] for row in await audits(console, "score_remarked")] == ["ana"]


async def make_a_form(page: Page, url: str) -> None:
    await page.goto(f"{url}/console/scores")
    await page.fill("#form-name", "Razgovor")
    first = page.locator(".criterion-row").nth(0)
    await first.get_by_role("textbox", name="Kriterijum").fill("Ljubaznost")
    await first.get_by_label("Težina").fill("3")
    await page.click("#criterion-add")
    second = page.locator(".criterion-row").nth(1)
    await second.get_by_role("textbox", name="Kriterijum").fill("Proverio adresu")
    await second.get_by_label("Vrsta").select_option("yes_no")
    await expect(second.get_by_label("Najviše")).to_be_hidden()
    await second.get_by_label("presudno").check()
    await page.click("#form-editor button.main")
    card = page.locator(".score-form")
    await expect(card).to_contain_text("verzija 1")
    await card.locator("[data-change]").click()
    await expect(page.locator("#form-name")).to_have_attribute("readonly", "")
    await (
        page.locator(".criterion-row")
        .nth(1)
        .get_by_role("textbox", name="Kriterijum")
        .fill("Proverio adresu <b>i</b> broj")
    )
    await look(page, "form")
    await page.click("#form-editor button.main")
    await expect(card).to_contain_text("verzija 2")
    await expect(card).to_contain_text("Proverio adresu <b>i</b> broj")
    await expect(card).to_contain_text("presudno")


async def read_and_go_there(page: Page, url: str, console: Any) -> None:
    await page.goto(f"{url}/console/recordings?recording={NAME}")
    await expect(page.locator("#said")).to_be_hidden()
    assert await audits(console, "recording_text_read") == []
    await page.fill("#purpose", "ocena rada")
    await page.click("#purpose-form button")
    phrases = page.locator("#said button")
    await expect(phrases).to_have_text(["0:00 Pozivalac: voda", "0:03 Operater i glas sistema: status"])
    (read,) = await audits(console, "recording_text_read")
    assert (read["actor"], read["purpose"]) == ("vera", "ocena rada")
    await expect(page.locator("#sound-loading")).to_be_hidden()
    await phrases.nth(1).click()
    await expect(phrases.nth(1)).to_have_attribute("aria-current", "true")
    at = await page.evaluate("document.getElementById('audio').currentTime")
    assert 2.8 < at < 4.0, at


async def score(page: Page) -> None:
    await expect(page.locator("#scores")).to_contain_text("još nije ocenjen")
    await page.click("summary:has-text('Oceni razgovor')")
    await page.get_by_label("Ljubaznost (").fill("4")
    await page.get_by_role("textbox", name="Ljubaznost Komentar").fill("topao glas")
    await page.get_by_label("Proverio adresu <b>i</b> broj (").select_option("1")
    await look(page, "recording")
    await page.click("#score-form button.main")
    # 100 · (3 · 4/5 + 1 · 1/1) / 4
    await expect(page.locator("#scores")).to_contain_text("85 %")
    await expect(page.locator("#scores")).to_contain_text("Ljubaznost: 4 / 5 topao glas")
    await page.click("summary:has-text('Oceni razgovor')")
    await expect(page.get_by_label("Ljubaznost (")).to_have_value("4")
    await page.get_by_label("Ljubaznost (").fill("5")
    await page.click("#score-form button.main")
    await expect(page.locator("#scores")).to_contain_text("100 %")
    await page.click("summary:has-text('Oceni razgovor')")
    await is_accessible(page)
    await look(page, "recording-scored")


async def answer(page: Page, url: str) -> None:
    await page.click("nav a:has-text('Moje ocene')")
    card = page.locator(".own-score")
    await expect(card).to_contain_text("100,0 %")
    await expect(card).to_contain_text("topao glas")
    await card.get_by_label("Vaš odgovor").fill("Hvala.")
    await look(page, "own")
    await card.locator("button").click()
    await expect(card).to_contain_text("Odgovor operatera: Hvala.")
    await expect(card.locator("form")).to_have_count(0)


async def see_the_mean(page: Page, url: str) -> None:
    await page.reload()
    await expect(page.locator("#scores")).to_contain_text("Odgovor operatera: Hvala.")
    await page.goto(f"{url}/console/scores?from=2026-11-22&until=2026-11-22")
    rows = page.locator("#table-scores tbody tr")
    await expect(rows).to_have_text(["ana1100,0 %", "boris0–"])
    await look(page, "means")
