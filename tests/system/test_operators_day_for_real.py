"""Operators' states against a real exchange and a real browser: wrap-up, a killed tab, refusals, restarts."""

import asyncio
import contextlib
import shutil
import signal
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest
from playwright.async_api import expect

from calls.cel import parse_cel_line
from centrala.secrets_file import load_secrets, sip_password
from centrala.simulate.citizen import simulate_citizen
from centrala.simulate.softphone import Softphone
from tests.system.asterisk_bed import wait_for
from tests.system.desk_browser import browser, sign_in
from tests.system.installation import CHECKOUT, running_installation

pytestmark = [pytest.mark.system, pytest.mark.timeout(240)]
STATE = "/api/v1/operators/me/state"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """An installation whose wrap-up is short."""
    town = tmp_path_factory.mktemp("town") / "municipality"
    shutil.copytree(CHECKOUT / "municipality", town)
    rules = (town / "operators.yaml").read_text()
    assert "seconds: 60, extend_seconds: 60" in rules
    (town / "operators.yaml").write_text(
        rules.replace("seconds: 60, extend_seconds: 60", "seconds: 6, extend_seconds: 9")
    )
    with running_installation(municipality=town) as running:
        yield running


@asynccontextmanager
async def telephone(site, extension):
    secret = sip_password(load_secrets(site.home).sip_password_seed, extension)
    async with Softphone.started(user=extension) as phone:
        await phone.register(extension, secret, f"sip:{site.sip}")
        yield phone


@asynccontextmanager
async def citizen(site, number):
    """A caller on the way to an operator, until the end of the block."""
    heard = site.home / f"heard-{number}.wav"
    calling = simulate_citizen(
        uri=f"sip:311@{site.sip}", keys="2,0", from_number=number, out_wav=heard, stay=120.0, say=lambda line: None
    )
    call = asyncio.create_task(calling)
    try:
        yield
    finally:
        call.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await call


async def eventually(what, *, within=40.0, reason=""):
    return await asyncio.to_thread(lambda: wait_for(what, timeout=within, reason=reason))


def queue(site):
    return site.api("GET", "/api/v1/queues")[1]["items"][0]


def member(site, extension):
    """(paused, reason) of the member as the exchange has it, None when there is none."""
    found = [one for one in queue(site)["members"] if one["extension"] == extension]
    return (found[0]["paused"], found[0]["reason"]) if found else None


def is_member(site, extension, wanted):
    return lambda: member(site, extension) == wanted


def operator(site, extension):
    items = site.api("GET", "/api/v1/operators")[1]["items"]
    return next(one for one in items if one["extension"] == extension)


def check_rows(site):
    """Rows of each session touch one another, and the open one is the last."""
    for session in site.rows("select * from operator_sessions"):
        own = site.rows("select * from operator_activity where session_id = ? order by began_at", session["id"])
        assert own[0]["began_at"] == session["began_at"]
        assert all(row["ended_at"] == following["began_at"] for row, following in pairwise(own))
        assert own[-1]["ended_at"] == session["ended_at"]


async def test_wrap_up_then_a_killed_tab(site, tmp_path):
    async with browser() as opened, telephone(site, "2001") as phone:
        page, faults = await sign_in(opened, site, "2001")
        await page.click("#mine-ready")
        await expect(page.locator("#mine")).to_have_attribute("data-state", "ready")
        async with citizen(site, "0641000001"):
            ringing = await asyncio.wait_for(phone.incoming.get(), 40)
            await ringing.answer(heard=tmp_path / "first.wav")
            await expect(page.locator("#mine")).to_have_attribute("data-state", "talking")
            async with citizen(site, "0641000002"):
                await eventually(lambda: queue(site)["waiting"], within=40, reason="the second one waits")
                await ringing.hang_up()
                await expect(page.locator("#wrapup-left")).to_be_visible()
                await eventually(is_member(site, "2001", (True, "wrapup")), within=40)
                await page.click("#wrapup-extend")
                await expect(page.locator("#mine")).to_have_attribute("data-state", "wrapup")
                waited = queue(site)["waiting"][0]["waited"]
                await eventually(lambda: queue(site)["waiting"][0]["waited"] >= waited + 3)
                assert phone.incoming.empty(), "somebody waits, and no call is offered to who wraps up"
                await page.keyboard.press("F8")
                await page.keyboard.press("2")
                await page.keyboard.press("Enter")
                second = await asyncio.wait_for(phone.incoming.get(), 40)
                await second.answer(heard=tmp_path / "second.wav")
                await expect(page.locator("#mine")).to_have_attribute("data-state", "talking")
                assert [row["outcome"] for row in site.rows("select * from wrap_ups")] == ["case_opened"]

                # The tab dies while the operator talks: the conversation goes on, and no further call is offered.
                debugger = await page.context.new_cdp_session(page)
                crash = asyncio.create_task(debugger.send("Page.crash"))
                await eventually(is_member(site, "2001", (True, "connection")), within=40)
                crash.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await crash
                assert operator(site, "2001")["state"] == "talking"
                assert not second.ended
        await eventually(lambda: len(site.rows("select * from wrap_ups")) == 2, within=40)
        gone = site.rows("select * from wrap_ups where how = 'gone'")
        assert [row["outcome"] for row in gone] == [""]
        assert operator(site, "2001")["reason"] == "connection"
        async with citizen(site, "0641000003"):
            await eventually(lambda: queue(site)["waiting"], within=40)
            waited = queue(site)["waiting"][0]["waited"]
            await eventually(lambda: queue(site)["waiting"][0]["waited"] >= waited + 3)
            assert phone.incoming.empty(), "no call is offered to a desk without its console"
            again = await page.context.new_page()
            await again.goto(f"{site.console_url}/console")
            third = await asyncio.wait_for(phone.incoming.get(), 40)
            await third.refuse()
        await expect(again.locator("#mine")).to_have_attribute("data-state", "ready")
        check_rows(site)
        assert faults == []
        site.api("PUT", STATE, "2001", {"state": "offline"})


async def test_a_refused_call_goes_to_the_other_first(site, tmp_path):
    async with telephone(site, "2002") as two, telephone(site, "2003") as three:
        for extension in ("2002", "2003"):
            assert site.api("PUT", STATE, extension, {"state": "ready"})[0] == 200
        async with citizen(site, "0641000004"):
            waiting = [asyncio.create_task(phone.incoming.get()) for phone in (two, three)]
            done, pending = await asyncio.wait(waiting, timeout=40, return_when=asyncio.FIRST_COMPLETED)
            await done.pop().result().refuse()
            told = await eventually(
                lambda: [
                    line
                    for line in site.cli("asterisk", "queue show operators").stdout.splitlines()
                    if "penalty 100" in line
                ]
            )
            assert len(told) == 1
            other = await asyncio.wait_for(pending.pop(), 40)
            await other.answer(heard=tmp_path / "other.wav")
            await eventually(lambda: operator(site, other.account or "2002")["state"] in ("talking", "ready"))
            assert two.incoming.empty()
            assert three.incoming.empty()
        for extension in ("2002", "2003"):
            assert site.api("PUT", STATE, extension, {"state": "offline"})[0] == 200
        check_rows(site)


async def test_roster_and_states_outlive_every_process(site):
    async with browser() as opened:
        page, _ = await sign_in(opened, site, "2004")
        await page.click("#mine-ready")
        await eventually(is_member(site, "2004", (False, "")))
        assert site.api("PUT", STATE, "2005", {"state": "paused:obuka", "minutes": 30})[0] == 200
        rows = site.rows("select count(*) as n from operator_activity")[0]["n"]
        old = site.kill("console", signal.SIGKILL)
        await asyncio.to_thread(site.wait_restarted, "console", old)
        await page.wait_for_selector("html[data-live=on]", timeout=30_000)
        await expect(page.locator("#mine")).to_have_attribute("data-state", "ready")
        await eventually(is_member(site, "2005", (True, "obuka")))
        assert member(site, "2004") == (False, "")
        assert site.rows("select count(*) as n from operator_activity")[0]["n"] == rows, "rows go on"

        old = site.kill("asterisk", signal.SIGKILL)
        await page.keyboard.press("F9")
        await page.click("[data-pause=obrok]")
        await expect(page.locator("#mine-wrong")).to_contain_text("✕")
        await expect(page.locator("#mine")).to_have_attribute("data-state", "ready")
        await asyncio.to_thread(site.wait_restarted, "asterisk", old)
        await eventually(is_member(site, "2004", (False, "")), within=40)
        assert member(site, "2005") == (True, "obuka")
        assert site.rows("select count(*) as n from operator_activity")[0]["n"] == rows
        check_rows(site)


def talks(site, extension):
    """In how many conversations the exchange says that the telephone has been since the log began."""
    log = (site.home / "asterisk" / "log" / "cel-custom" / "Master.csv").read_text()
    rows = [parse_cel_line(line) for line in log.splitlines() if line.startswith('"BRIDGE_ENTER"')]
    return len({row.uniqueid for row in rows if row.extension == extension})


async def test_what_happens_while_the_console_is_down_is_in_the_operators_time(site, tmp_path):
    async with telephone(site, "2001") as phone:
        assert site.api("PUT", STATE, "2001", {"state": "ready", "wrap_up": True})[0] == 200
        session = site.rows("select session_id from operator_activity order by id desc limit 1")[0]["session_id"]
        async with citizen(site, "0641000007"):
            first = await asyncio.wait_for(phone.incoming.get(), 40)
            await first.answer(heard=tmp_path / "one.wav")
            async with citizen(site, "0641000008"):
                await eventually(lambda: queue(site)["waiting"], within=40, reason="the second one waits")
                before = talks(site, "2001")
                old = site.kill("console", signal.SIGKILL)
                await asyncio.to_thread(site.wait_restarted, "console", old)
                stopped = site.kill("console", signal.SIGSTOP)
                await first.hang_up()
                second = await asyncio.wait_for(phone.incoming.get(), 40)
                await second.answer(heard=tmp_path / "two.wav")
                await eventually(lambda: talks(site, "2001") > before, reason="they talk")
                await second.hang_up()
                site.kill("console", signal.SIGCONT)
                assert site.pid("console") == stopped, "the console was away until now"

        def lived():
            own = "select * from operator_activity where session_id = ? order by began_at"
            rows = site.rows(own, session)
            return rows if [row["activity"] for row in rows][-2:] == ["wrapup", "ready"] else None

        rows = await eventually(lived, within=60, reason="the wrap-up of the second conversation is over")
        assert [row["activity"] for row in rows] == [
            *("ready", "ringing", "talking", "wrapup"),
            *("ringing", "talking", "wrapup", "ready"),
        ]
        calls = list(dict.fromkeys(row["linkedid"] for row in rows if row["linkedid"]))
        assert [calls.index(row["linkedid"]) for row in rows if row["linkedid"]] == [0, 0, 0, 1, 1, 1]
        own = "select at from cel_rows where linkedid = ? and event = ? and channel like 'PJSIP/2001-%' order by at"
        second_talk, its_end = (
            site.rows(own, calls[1], "BRIDGE_ENTER")[0]["at"], site.rows(own, calls[1], "HANGUP")[0]["at"],
        )  # fmt: skip
        assert (rows[5]["began_at"], rows[6]["began_at"]) == (second_talk, its_end), "to the exchange's own moment"
        assert rows[3]["began_at"] == site.rows(own, calls[0], "HANGUP")[0]["at"]
        ends = {row["linkedid"]: row["how"] for row in site.rows("select * from wrap_ups where extension = '2001'")}
        assert (ends[calls[0]], ends[calls[1]]) == ("next_call", "time_limit")
        site.api("PUT", STATE, "2001", {"state": "offline"})
        check_rows(site)
