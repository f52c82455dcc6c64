"""The telephone in a real browser on a real exchange: audio both ways, and no lost phone loses a caller."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from playwright.async_api import Page, async_playwright, expect

from asterisk_conf.installation import find_tool
from centrala.secrets_file import load_secrets, sip_password
from centrala.simulate.softphone import PhoneCall, Softphone
from centrala.simulate.tones import write_tone
from dispatch.wav_files import RATE, write_wav
from recordings.wav import tone_level
from tests.system.asterisk_bed import CHECKOUT_HOME, wait_for
from tests.system.desk_browser import FLAGS, sign_in
from tests.system.heard_audio import HeardCall, sound
from tests.system.installation import Installation, running_installation

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]
MICROPHONE, CITIZEN, SECOND = 1000.0, 440.0, 1500.0
GIVE_BACK = 10
STATE = "#phone[data-state={}]"
# Which of two frequencies the browser plays, by WebAudio on what the phone's own element plays.
HEARD = """async () => {
  const context = new AudioContext(), analyser = new AnalyserNode(context, { fftSize: 8192 });
  context.createMediaStreamSource(document.getElementById("phone-voice").srcObject).connect(analyser);
  const bins = new Float32Array(analyser.frequencyBinCount);
  await new Promise((done) => setTimeout(done, 600));
  analyser.getFloatFrequencyData(bins);
  const bin = (hertz) => Math.round(hertz * 8192 / context.sampleRate);
  const at = (hertz) => Math.max(...[-1, 0, 1].map((near) => bins[bin(hertz) + near]));
  const found = { citizen: at(440), other: at(730) };
  await context.close();
  return found;
}"""


@pytest.fixture(scope="module")
def installation():
    with running_installation({"CENTRALA_SIP__GIVE_BACK": str(GIVE_BACK)}) as running:
        yield running


@asynccontextmanager
async def browser_phone(
    installation: Installation, folder: Path, sound: Path, extension: str = "2001"
) -> AsyncIterator[tuple[Page, list[int]]]:
    """An operator's desk whose microphone is a sound file, the phone in it ready, and the browser's process ids."""
    tool = find_tool(CHECKOUT_HOME, "chromium")
    assert tool is not None, "chromium is missing: ./test installs it"
    fake = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
    mark = f"--use-file-for-fake-audio-capture={sound}"
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=tool.argv[0], args=[*FLAGS, *fake, mark])
        try:
            page, _ = await sign_in(opened, installation, extension)
            await page.set_viewport_size({"width": 1366, "height": 768})
            await page.select_option("#phone-kind", "browser")
            await page.wait_for_selector(STATE.format("ready"))
            yield page, processes_with(mark)
        finally:
            if opened.is_connected():
                await opened.close()


def processes_with(argument: str) -> list[int]:
    """Return the browser's processes: the one that was started with the argument, and its children."""
    found, parents = [], {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                command = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if argument in command and not any(word.startswith("--type=") for word in command):
                found.append(int(folder.name))
    assert found, "the browser runs"
    for _ in range(4):
        found += [pid for pid, parent in parents.items() if parent in found and pid not in found]
    return found


def tell(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):  # a child of one that was told before
            os.kill(pid, number)


async def call_for_a_person(citizen: Softphone, installation: Installation, number: str, heard: Path) -> PhoneCall:
    account = await citizen.account(number)
    calling = await citizen.call(f"sip:311@{installation.sip}", account=account, heard=heard)
    for key in ("2", "0"):
        assert await calling.wait_sound()
        await calling.wait_silence(0.7, 1.0)
        await calling.keys(key)
        await calling.wait_silence(0.05, 1.0)
    return calling


async def talk(page: Page, calling: PhoneCall, folder: Path) -> str:
    """Answer with F2; both are heard. Returns the call's linkedid."""
    await page.wait_for_selector(STATE.format("rings"), timeout=40_000)
    await page.keyboard.press("F2")
    await page.wait_for_selector(STATE.format("talks"))
    await calling.do("play_start", file=str(write_tone(folder, hertz=CITIZEN)), loop=True)
    await expect(page.locator("#call-column")).to_have_attribute("data-call-state", "talks")
    linkedid = await page.locator("#call-column").get_attribute("data-linkedid")
    assert linkedid
    return linkedid


def interruptions(installation: Installation, linkedid: str) -> list[dict[str, object]]:
    status, call = installation.api("GET", f"/api/v1/calls/{linkedid}", "2001")
    assert status == 200, call
    return list(call["interruptions"])


def ended(installation: Installation, linkedid: str) -> dict[str, object]:
    """Return the one record of the call, once it is over."""
    found = wait_for(
        lambda: installation.rows("select * from calls where linkedid = ? and ended_at is not null", linkedid),
        timeout=40,
        reason="the call is on record",
    )
    assert len(found) == 1
    return found[0]


async def be_ready(page: Page, installation: Installation) -> None:
    assert installation.api("PUT", "/api/v1/operators/me/state", "2001", {"state": "ready"})[0] == 200
    await expect(page.locator("#mine")).to_have_attribute("data-state", "ready")


async def hears_the_citizen(page: Page) -> None:
    found = await page.evaluate(HEARD)
    assert found["citizen"] > found["other"] + 15, found


async def test_a_call_is_heard_both_ways_and_survives_a_reload(installation, tmp_path):
    async with Softphone.started() as citizen:
        tone = write_tone(tmp_path, hertz=MICROPHONE, seconds=2.0)
        async with browser_phone(installation, tmp_path, tone) as (page, _):
            await be_ready(page, installation)
            calling = await call_for_a_person(citizen, installation, "0641234567", tmp_path / "citizen.wav")
            linkedid = await talk(page, calling, tmp_path)
            await hears_the_citizen(page)
            await page.click("#phone-keys summary")
            await page.click("[data-key='7']")
            assert await calling.wait_key(5) == "7"

            await page.reload()
            await page.wait_for_selector(STATE.format("talks"), timeout=40_000)
            await expect(page.locator("#call-column")).to_have_attribute("data-linkedid", linkedid)
            await hears_the_citizen(page)
            assert not calling.ended
            assert await calling.wait_sound(5)

            await page.click("#phone-mute")
            assert await calling.wait_silence(1.0, 10), "muted"
            await page.click("#phone-mute")
            assert await calling.wait_sound(5)
            await page.click("#phone-end")
            assert await calling.wait_ended(40), "an operator who hangs up ends the call"
            await page.wait_for_selector(STATE.format("ready"))
    assert tone_level(tmp_path / "citizen.wav", MICROPHONE) > 0.005, "the citizen heard the browser's microphone"
    record = ended(installation, linkedid)
    assert (record["operator"], record["outcome"]) == ("2001", "operator")
    (lost,) = interruptions(installation, linkedid)
    assert (lost["operator"], lost["end"]) == ("2001", "given_back")
    assert float(str(lost["seconds"])) < 10


async def test_a_killed_browser_sends_the_caller_to_the_head_of_the_queue(installation, tmp_path):
    async with Softphone.started() as citizen, Softphone.started() as second, Softphone.started() as desk_phone:
        password = sip_password(load_secrets(installation.home).sip_password_seed, "2002")
        await desk_phone.register("2002", password, f"sip:{installation.sip}")
        tone = write_tone(tmp_path, hertz=MICROPHONE, seconds=2.0)
        async with browser_phone(installation, tmp_path, tone) as (page, browser):
            await be_ready(page, installation)
            calling = await call_for_a_person(citizen, installation, "0641111111", tmp_path / "first.wav")
            linkedid = await talk(page, calling, tmp_path)
            waiting = await call_for_a_person(second, installation, "0642222222", tmp_path / "second.wav")
            tell(browser, signal.SIGKILL)
            assert installation.api("PUT", "/api/v1/operators/me/state", "2002", {"state": "ready"})[0] == 200
            # 2002 is free at once and gets who waits; then the caller of the dead phone comes before everybody else.
            rung = await asyncio.wait_for(desk_phone.incoming.get(), 40)
            await rung.answer()
            third = await call_for_a_person(second, installation, "0643333333", tmp_path / "third.wav")
            wait_for(
                lambda: _what(installation, linkedid) == "given_up",
                timeout=GIVE_BACK + 20,
                reason="the operator did not come back",
            )
            queue = ("asterisk", "queue show operators")
            wait_for(lambda: "has 2 calls" in installation.cli(*queue).stdout, reason="both wait in the queue")
            await rung.hang_up()
            assert await waiting.wait_ended(40)
            again = await asyncio.wait_for(desk_phone.incoming.get(), 40)
            await again.answer()
            await again.play(write_tone(tmp_path, hertz=SECOND))
            assert not third.ended
            await again.hang_up()
            assert await calling.wait_ended(40), "it was the caller of the dead phone, not who waited longer"
            await third.hang_up()
    installation.api("PUT", "/api/v1/operators/me/state", "2002", {"state": "offline"})
    installation.api("PUT", "/api/v1/operators/me/state", "2001", {"state": "offline"})
    ended(installation, linkedid)
    announced = sound(installation.home / "prompts" / "en" / "operator.lost")
    heard = HeardCall(tmp_path / "first.wav").find(announced)
    assert heard is not None
    assert sum(heard.heard) > 5, "the caller was told, in the language that they chose"
    assert tone_level(tmp_path / "first.wav", SECOND) > 0.002, "and talked with the second operator"


def _what(installation: Installation, linkedid: str) -> object:
    found = interruptions(installation, linkedid)
    return found[-1]["end"] if found else None


async def test_with_the_console_dead_the_exchange_alone_keeps_the_caller(installation, tmp_path):
    async with Softphone.started() as citizen:
        tone = write_tone(tmp_path, hertz=MICROPHONE, seconds=2.0)
        async with browser_phone(installation, tmp_path, tone) as (page, browser):
            await be_ready(page, installation)
            calling = await call_for_a_person(citizen, installation, "0641234567", tmp_path / "citizen.wav")
            linkedid = await talk(page, calling, tmp_path)
            # The network dies without a word: no connection is closed, no packet comes, and the console is gone too.
            console = installation.kill("console")
            tell(browser, signal.SIGSTOP)
            try:
                wait_for(lambda: "CENTRALA_INTERRUPTED" in cel(installation, linkedid))
                assert not calling.ended
            finally:
                tell(browser, signal.SIGCONT)
            await page.wait_for_selector(STATE.format("talks"), timeout=40_000)
            wait_for(lambda: "CENTRALA_GIVEN_BACK" in cel(installation, linkedid))
            assert await calling.wait_sound(5)
            installation.wait_restarted("console", console)
            await calling.hang_up()
    ended(installation, linkedid)


def cel(installation: Installation, linkedid: str) -> str:
    log = installation.home / "asterisk" / "log" / "cel-custom" / "Master.csv"
    return "".join(line for line in log.read_text().splitlines() if linkedid in line)


async def test_a_caller_who_was_sent_on_is_kept_by_the_exchange_alone(installation, tmp_path):
    async with Softphone.started() as citizen, Softphone.started() as desk_phone:
        password = sip_password(load_secrets(installation.home).sip_password_seed, "2001")
        await desk_phone.register("2001", password, f"sip:{installation.sip}")
        assert installation.api("PUT", "/api/v1/operators/me/phone", "2001", {"kind": "sip"})[0] == 200
        tone = write_tone(tmp_path, hertz=MICROPHONE, seconds=2.0)
        async with browser_phone(installation, tmp_path, tone, "2002") as (page, browser):
            assert installation.api("PUT", "/api/v1/operators/me/state", "2001", {"state": "ready"})[0] == 200
            calling = await call_for_a_person(citizen, installation, "0645555555", tmp_path / "citizen.wav")
            first = await asyncio.wait_for(desk_phone.incoming.get(), 40)
            await first.answer()
            linkedid = wait_for(lambda: talks_with(installation, "2001"), reason="2001 has the call")
            path, to = f"/api/v1/calls/{linkedid}/transfer", {"target": "operator-2002"}
            sent = installation.api("POST", path, "2001", to, {"Idempotency-Key": "sent-on-1"})
            assert sent[0] in (200, 201), sent
            await page.wait_for_selector(STATE.format("rings"), timeout=40_000)
            await page.keyboard.press("F2")
            await page.wait_for_selector(STATE.format("talks"))
            # 2002 is not at work: nothing but their telephone tells that they answered.
            await expect(page.locator("#call-column")).to_have_attribute("data-call-state", "talks")
            await calling.do("play_start", file=str(write_tone(tmp_path, hertz=CITIZEN)), loop=True)
            await hears_the_citizen(page)
            assert await first.wait_ended(40)
            # Nobody says goodbye: the browser is gone, and the console, which would have seen it, too.
            console = installation.kill("console")
            tell(browser, signal.SIGKILL)
            wait_for(lambda: "CENTRALA_INTERRUPTED" in cel(installation, linkedid))
            assert not calling.ended
        installation.wait_restarted("console", console)
        wait_for(lambda: be_offered(installation, "2001"), timeout=60, reason="2001 takes calls")
        again = await asyncio.wait_for(desk_phone.incoming.get(), GIVE_BACK + 30)
        await again.answer()
        await again.play(write_tone(tmp_path, hertz=SECOND))
        assert not calling.ended
        await again.hang_up()
        assert await calling.wait_ended(40)
    installation.api("PUT", "/api/v1/operators/me/state", "2001", {"state": "offline"})
    assert "CENTRALA_GIVEN_UP" in cel(installation, linkedid)
    ended(installation, linkedid)
    heard = HeardCall(tmp_path / "citizen.wav").find(sound(installation.home / "prompts" / "en" / "operator.lost"))
    assert heard is not None
    assert sum(heard.heard) > 5, "the caller was told"
    assert tone_level(tmp_path / "citizen.wav", SECOND) > 0.002, "and talked with an operator again"


def talks_with(installation: Installation, extension: str) -> str:
    """Return the linkedid of the call that the operator talks in, or nothing."""
    _, live = installation.api("GET", "/api/v1/calls?active=true", "supervisor")
    return next((str(one["linkedid"]) for one in live["items"] if one["operator"] == extension), "")


def be_offered(installation: Installation, extension: str) -> bool:
    """Say whether the console, which has just started, has made the operator ready."""
    try:
        return installation.api("PUT", "/api/v1/operators/me/state", extension, {"state": "ready"})[0] == 200
    except OSError:
        return False


async def test_a_dead_microphone_is_seen_before_a_call(installation, tmp_path):
    silence = tmp_path / "silence.wav"
    write_wav(silence, np.zeros(RATE, dtype=np.int16))
    async with browser_phone(installation, tmp_path, silence, "2003") as (page, _):
        await expect(page.locator("#phone-microphone-wrong")).to_contain_text("ne stiže nikakav zvuk", timeout=40_000)
        # The permission is taken away.
        await page.add_init_script(
            "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotAllowedError'); }"
        )
        await page.reload()
        await expect(page.locator("#phone-microphone-wrong")).to_contain_text("nije dozvoljen mikrofon")
        await page.wait_for_selector(STATE.format("ready"))
        await page.select_option("#phone-kind", "sip")
        await page.wait_for_selector(STATE.format("off"))
    assert installation.api("GET", "/api/v1/operators/me/phone", "2003") == (200, {"kind": "sip", "login": None})
