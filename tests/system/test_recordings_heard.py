"""A recorded call from ear to player: each voice in its lane, silence while data are typed, heard from the middle."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.async_api import Page, expect

from centrala.simulate.softphone import PhoneCall, Softphone
from centrala.simulate.tones import write_tone
from recordings.opus import decode
from tests.system.asterisk_bed import wait_for
from tests.system.desk_browser import browser, sign_in
from tests.system.installation import Installation
from tests.system.kept_sound import sealed_file
from tests.system.phones import register

pytestmark = [pytest.mark.system, pytest.mark.timeout(240)]
CITIZEN, OPERATOR = 500.0, 800.0


async def test_a_call_is_recorded_in_two_lanes_with_a_gap_and_heard_from_the_middle(shared_installation, tmp_path):
    installation = shared_installation
    async with AsyncExitStack() as stack:
        opened = await stack.enter_async_context(browser())
        citizen = await stack.enter_async_context(Softphone.started(user="citizen"))
        operator = await stack.enter_async_context(Softphone.started(user="2001"))
        await register(operator, installation, "2001")
        desk, faults = await sign_in(opened, installation, "2001")
        await desk.click("[data-set-state=ready]")
        await expect(desk.locator("#mine[data-state=ready]")).to_be_visible()
        linkedid = await talk_with_a_gap(installation, desk, citizen, operator, tmp_path)
        assert faults == []
        row, gap = await asyncio.to_thread(stored, installation, linkedid)
        lanes_are_right(installation, row, gap)
        page, faults = await sign_in(opened, installation, "supervisor")
        await heard_from_the_middle(installation, page, row)
        assert faults == []


async def talk_with_a_gap(
    installation: Installation, desk: Page, citizen: Softphone, operator: Softphone, folder: Path
) -> str:
    """Both talk; the operator writes down who reports, and goes on. Return the call's id."""
    calling = await citizen.call(f"sip:311@{installation.sip}")
    for key in ("1", "0"):
        assert await calling.wait_sound()
        await calling.wait_silence(0.7, 1.0)
        await calling.keys(key)
        await calling.wait_silence(0.05, 1.0)
    rung = await asyncio.wait_for(operator.incoming.get(), 40)
    await rung.answer()
    column = desk.locator("#call-column")
    await expect(column).to_have_attribute("data-call-state", "talks")
    linkedid = await column.get_attribute("data-linkedid") or ""
    await calling.do("play_start", file=str(write_tone(folder, hertz=CITIZEN, seconds=1.0)), loop=True)
    await say_for(rung, folder, 2.0)
    await desk.check("[name=who][value=tell]")
    await expect(desk.locator("#rec-word")).to_have_class("rec off")
    await say_for(rung, folder, 3.0)
    await desk.focus("#description")
    await expect(desk.locator("#rec-word")).to_have_class("rec")
    await say_for(rung, folder, 2.0)
    await rung.hang_up()
    assert await calling.wait_ended(40)
    return linkedid


async def say_for(call: PhoneCall, folder: Path, seconds: float) -> None:
    await call.play(write_tone(folder, hertz=OPERATOR, seconds=seconds))


def stored(installation: Installation, linkedid: str) -> tuple[dict[str, Any], dict[str, Any]]:
    done = "select * from recordings where linkedid = ? and kind = 'call' and state = 'complete'"
    (row,) = wait_for(lambda: installation.rows(done, linkedid), timeout=60, reason="the recording is sealed")
    (gap,) = installation.rows("select * from recording_gaps where linkedid = ?", linkedid)
    assert (gap["why"], gap["by"], gap["ended_how"]) == ("field", "2001", "resumed")
    plain = [path.name for path in installation.settings.recordings_directory.rglob("*.wav") if linkedid in path.name]
    assert plain == [], "nothing lies in the clear"
    return row, gap


def moment(row: dict[str, Any], at: str) -> float:
    return (datetime.fromisoformat(at) - datetime.fromisoformat(row["started_at"])).total_seconds()


def lanes_are_right(installation: Installation, row: dict[str, Any], gap: dict[str, Any]) -> None:
    """Each tone is in its lane before and after the gap, and nothing is in either lane during it."""
    rate, samples = decode(sealed_file(installation, row).read("sound"))
    assert samples.shape[1] == 2
    begins, ends = moment(row, gap["began_at"]), moment(row, gap["ended_at"])
    assert ends - begins > 2.5

    def loud(lane: int, hertz: float, start: float, stop: float) -> float:
        return level(samples[int(start * rate) : int(stop * rate), lane] / 32768, hertz, rate)

    for start, stop in ((begins - 1.5, begins - 0.5), (ends + 0.7, ends + 1.7)):
        for lane, own, other in ((0, CITIZEN, OPERATOR), (1, OPERATOR, CITIZEN)):
            assert loud(lane, own, start, stop) > 10 * loud(lane, other, start, stop), (lane, start)
    silent = samples[int((begins + 0.5) * rate) : int((ends - 0.5) * rate)]
    assert np.abs(silent).max() < 100, "not even a whisper in the gap"


def level(part: np.ndarray, hertz: float, rate: int) -> float:
    """Return the strongest 0.2 s of one pitch: a busy machine tears phases apart."""
    step = rate // 5
    turns = np.exp(-2j * np.pi * hertz * np.arange(step) / rate)
    return max(float(abs(np.mean(part[at : at + step] * turns))) for at in range(0, len(part) - step + 1, step))


async def audio_says(page: Page, name: str, right: Callable[[float], bool]) -> None:
    """Wait until a property of the player is right; the page's own policy forbids waiting inside it."""
    async with asyncio.timeout(20):
        while not right(await page.evaluate(f"document.getElementById('audio').{name}")):
            await asyncio.sleep(0.1)


async def heard_from_the_middle(installation: Installation, page: Page, row: dict[str, Any]) -> None:
    """The supervisor finds it, says why, sees both lanes and the gap, and plays from the middle."""
    await page.goto(f"{installation.console_url}/console/recordings?search={row['linkedid']}")
    await page.click("table.list tbody a")
    await page.fill("#purpose", "Provera toka poziva")
    await page.click("#purpose-form button")
    await audio_says(page, "readyState", lambda value: value >= 1)
    await expect(page.locator("#waveform")).to_be_visible()
    await expect(page.locator("#gaps li")).to_contain_text("tišina od")
    box = await page.locator("#waveform").bounding_box()
    assert box is not None
    await page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 4)
    middle = row["seconds"] / 2
    await audio_says(page, "currentTime", lambda value: abs(value - middle) < 0.5)
    await page.select_option("#speed", "2")
    await page.evaluate("document.getElementById('audio').play()")
    await audio_says(page, "currentTime", lambda value: value > middle + 1)
    assert await page.evaluate("document.getElementById('audio').playbackRate") == 2
    await page.evaluate("document.getElementById('audio').pause()")
    await page.fill("#mark-text", "Ovde kaže adresu")
    await page.click("#mark-form button")
    await expect(page.locator("#marks li")).to_contain_text("Ovde kaže adresu")
    listened = installation.rows(
        "select actor, purpose from audit where action = 'recording_listened' and object = ?", row["id"]
    )
    assert listened
    assert {(one["actor"], one["purpose"]) for one in listened} == {("supervisor", "Provera toka poziva")}
