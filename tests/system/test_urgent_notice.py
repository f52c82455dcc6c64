"""The urgent notice on the telephone: whoever calls after it was switched on hears it, whoever calls after that not.

Switched on by API, on the console's page and with `*71`, off with `*72`; heard by correlation with its own sound.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import expect

from centrala.layout import Layout
from centrala.secrets_file import load_secrets, sip_password
from centrala.simulate.softphone import PhoneCall, Softphone
from centrala.simulate.tones import write_tone
from centrala.speaker import make_speaker
from recordings.wav import tone_level
from tests.system.desk_browser import browser, sign_in
from tests.system.heard_audio import HeardCall, Signal, sound
from tests.system.installation import Installation, running_installation

pytestmark = [pytest.mark.system, pytest.mark.timeout(240)]
PATH = "/api/v1/notices/urgent"
BY_API = "U Glavnoj ulici nema vode do osamnaest časova."
BY_PAGE = "Most kod pijace je zatvoren zbog radova."
VOICE = 730.0


@pytest.fixture(scope="module")
def centrala():
    with running_installation() as running:
        yield running


async def spoken(centrala: Installation, text: str) -> Signal:
    return sound(await make_speaker(Layout.of(centrala.settings)).speak(text, "sr"))


async def call_to_the_menu(centrala: Installation, heard: Path) -> HeardCall:
    """Call, choose Serbian, listen until the menu is through, hang up; return what was heard."""
    async with Softphone.started(user="0641234567") as citizen:
        call = await citizen.call(f"sip:311@{centrala.sip}", heard=heard)
        await call.wait_sound()
        await call.keys("1")
        await listened(call)
        await call.hang_up()
    return HeardCall(heard)


async def listened(call: PhoneCall) -> None:
    assert await call.wait_silence(2.0, 60), "the menu waits for a key"


async def test_who_calls_right_after_the_put_hears_it(centrala, tmp_path):
    said = await spoken(centrala, BY_API)
    before = await call_to_the_menu(centrala, tmp_path / "before.wav")
    assert before.find(said) is None
    status, now = centrala.api("PUT", PATH, "supervisor", {"active": True, "texts": {"sr": BY_API}})
    assert (status, now["active"]) == (200, True)
    after = await call_to_the_menu(centrala, tmp_path / "after.wav")
    found = after.find(said)
    assert found is not None
    assert found.whole
    intro = after.find(sound(centrala.home / "prompts" / "sr" / "notice.intro"))
    assert intro is not None
    assert intro.end <= found.begin, "it is said that it is important, then what it is"


async def test_what_the_page_switches_on_is_heard_and_72_ends_it(centrala, tmp_path):
    said = await spoken(centrala, BY_PAGE)
    async with browser() as opened:
        page, faults = await sign_in(opened, centrala, "supervisor")
        await page.goto(f"{centrala.console_url}/console/notice")
        await page.fill("[name=text-sr]", BY_PAGE)
        await page.click("button[value=on]")
        await expect(page.locator("#notice-now")).to_have_attribute("data-active", "yes")
        await expect(page.locator("#notice-now")).to_contain_text(BY_PAGE)
        assert faults == []
    found = (await call_to_the_menu(centrala, tmp_path / "page.wav")).find(said)
    assert found is not None
    assert found.whole
    await by_telephone(centrala, "*72", tmp_path)
    assert (await call_to_the_menu(centrala, tmp_path / "off.wav")).find(said) is None
    assert centrala.api("GET", PATH, "supervisor")[1]["active"] is False


async def test_what_71_records_is_heard(centrala, tmp_path):
    await by_telephone(centrala, "*71", tmp_path)
    now = centrala.api("GET", PATH, "supervisor")[1]
    assert (now["active"], now["recorded"], now["by"]) == (True, True, "2001")
    await call_to_the_menu(centrala, tmp_path / "recorded.wav")
    assert tone_level(tmp_path / "recorded.wav", VOICE) > 0.005
    await by_telephone(centrala, "*72", tmp_path)
    await call_to_the_menu(centrala, tmp_path / "silent.wav")
    assert tone_level(tmp_path / "silent.wav", VOICE) < 0.002


async def by_telephone(centrala: Installation, code: str, folder: Path) -> None:
    """Dial the code from an operator's telephone, key the PIN, and for `*71` sound for three seconds after the tone."""
    secrets = load_secrets(centrala.home)
    async with Softphone.started(user="2001") as phone:
        password = sip_password(secrets.sip_password_seed, "2001")
        account = await phone.register("2001", password, f"sip:{centrala.sip}")
        call = await phone.call(f"sip:{code}@{centrala.sip}", account=account)
        assert await call.wait_sound()
        await call.wait_silence(0.7, 20)
        await call.keys(f"{secrets.notice_pin}#")
        if code == "*71":
            assert await call.wait_sound()
            await call.wait_silence(1.0, 20)
            await call.play(write_tone(folder, hertz=VOICE, seconds=3.0))
        async with asyncio.timeout(40):
            assert await call.wait_ended(40)
