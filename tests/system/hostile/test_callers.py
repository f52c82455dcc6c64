"""Callers whose equipment sends anything, against the whole installation: nothing executes, every call is on record."""

from __future__ import annotations

import asyncio
import re
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import expect

from calls.caller import CallerKind
from calls.ports import RadioError
from centrala.secrets_file import load_secrets, sip_password
from centrala.simulate.softphone import Softphone
from tests.system.asterisk_bed import wait_for
from tests.system.desk_browser import browser, sign_in
from tests.system.hostile.conftest import logs

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]

XSS = "<img src=x onerror=alert(1)><script>window.broken=1</script>"


def names(canary: Path) -> list[str]:
    """Texts for display name, User-Agent, Subject and X- headers; many would make `canary` if anything ran them."""
    touch = f"touch {canary}"
    return [
        f"${{SHELL({touch})}}",
        f"${{SYSTEM({touch})}}",
        f"`{touch}`",
        f"$({touch})",
        f"; {touch} #",
        f"| {touch}",
        "$[1/0]",
        "${EXTEN:::::}",
        "&PJSIP/2001&Local/2001@operators",
        'a\\\\\\"b',
        XSS.replace(";", ""),
        "' OR 1=1; DROP TABLE calls --",
        "x" * 1000,
        "\udcff\udcfe\udc80 invalid",
        "Č ć Ž š Đ \u202e\u2028",
        "%0d%0aX-Evil: 1",
        "%00%00",
        "{{ 7*7 }}{% raw %}",
        "=cmd|' /C calc'!A0",
        "../../../../etc/passwd",
    ]


USERS = [
    "%24%7BSHELL(id)%7D",
    "anonymous",
    "2001",
    "-1",
    "%00",
    "311",
    "a" * 300,
    "%0d%0aEvent:%20Fake",
    "*71",
    "+1%26",
    "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
    "0641234567%27%3B--",
    "centrala-writer",
    "s",
    "%F0%9F%93%9E",
    "%ff%fe",
    "00381641234567%40example.com%3Bx",
    "=1+1",
    "..%2F..%2Fetc",
    "9" * 64,
]
KEYS = [
    *("1", "${X}", "A", "99999999999999999999", "<b>", "#", "\udcff", "*", "16", "&"),
    *("0", "-1", "0x41", "%00", "2222222222", "D", "'", "\\", "1 1", "3"),
]


def test_nothing_that_a_caller_sends_is_executed_and_every_call_is_on_record(attacked, sipp, tmp_path):
    canary = tmp_path / "executed"
    rows = [[user, "1500", key, name] for user, key, name in zip(USERS, KEYS, names(canary), strict=True)]
    before = attacked.rows("select count(*) as n from calls")[0]["n"]
    hostile = sipp("uac_hostile", rows, rate=4)
    ordinary = sipp("uac_hangup_in_menu", [[f"06499999{number:02d}", "2500"] for number in range(10)], rate=3)
    result = ordinary.finish(60)
    assert (result.failed, result.succeeded) == (0, 10), result.errors
    attack = hostile.finish(60)
    assert attack.started == len(rows)
    assert attack.failed == 0, attack.errors

    wanted = "select count(*) as n from calls where outcome is not null and ended_at is not null"
    total = before + 10 + len(rows)
    wait_for(lambda: attacked.rows(wanted)[0]["n"] >= total, timeout=30, reason="every call is on record, ended")
    assert attacked.rows("select count(*) as n from calls")[0]["n"] == total, "and no call was made up"
    assert not canary.exists()
    kept = {row["path"] for row in attacked.rows("select path from recordings")}
    assert all(re.fullmatch(r"[a-z]+/[a-z0-9-]+/[0-9.-]+(wav|sealed)", path) for path in kept), kept
    written = logs(attacked)
    assert "Traceback" not in written
    assert "<script>" not in written
    status, missed = attacked.api("GET", "/api/v1/missed?limit=200", "supervisor")
    assert status == 200
    assert missed["total"] >= len(rows) - 2, "who got nothing is on the worklist"


def test_every_list_with_such_callers_is_json_and_refuses_hostile_questions(attacked):
    status, calls = attacked.api("GET", "/api/v1/calls?limit=200", "supervisor")
    assert status == 200
    assert {call["caller"]["kind"] for call in calls["items"]} <= {*CallerKind, "unknown"}
    shown = {text for call in calls["items"] for text in (call["caller"]["number"], call["caller"]["shown"]) if text}
    assert all(text.isascii() and text.lstrip("+").replace(" ", "").isalnum() for text in shown), shown
    for question in ("%27%20OR%201=1--", "%00", "%FF%FE", "%25%25", "%3Cscript%3E", "x" * 4000, "%24%7B7*7%7D"):
        status, answer = attacked.api("GET", f"/api/v1/calls?search={question}", "supervisor")
        assert status in (200, 400), question
        assert status == 400 or answer["total"] == 0, question
    for linkedid in ("..%2F..%2Fetc%2Fpasswd", "1.1%0d%0aX:1", "%3Cb%3E", "1" * 500):
        status, answer = attacked.api("GET", f"/api/v1/calls/{linkedid}", "supervisor")
        assert status in (400, 404), (linkedid, answer)
    assert "Traceback" not in logs(attacked)


async def test_the_console_shows_hostile_text_as_text(attacked, tmp_path):
    """Pop, desk, case, lists, search and recordings in a real browser: no script runs, no element is injected."""
    case = {
        "kind": "request",
        "channel": "phone",
        "service_code": "burst_main",
        "street": XSS,
        "house_number": '"><b>1',
        "description": f"{XSS} {{{{7*7}}}} ${{7*7}} \u202e",
        "language": "sr",
        "reporter": {"name": XSS, "contact": "0641112223", "tell_by": "phone"},
    }
    headers = {"Idempotency-Key": "hostile-case-1"}
    status, made = await asyncio.to_thread(attacked.api, "POST", "/api/v1/cases", "2001", case, headers)
    assert status == 201, made
    note = {"text": XSS}
    headers = {"Idempotency-Key": "hostile-note-1"}
    path = f"/api/v1/cases/{made['number']}/notes"
    assert (await asyncio.to_thread(attacked.api, "POST", path, "2001", note, headers))[0] == 201
    async with AsyncExitStack() as stack:
        opened = await stack.enter_async_context(browser())
        desk, faults = await sign_in(opened, attacked, "2001")
        desk.on("dialog", lambda dialog: faults.append(f"dialog {dialog.message}"))
        phone = await stack.enter_async_context(Softphone.started(user="2001"))
        secret = sip_password(load_secrets(attacked.settings.home).sip_password_seed, "2001")
        await phone.register("2001", secret, f"sip:{attacked.sip}")
        await desk.click("[data-set-state=ready]")
        citizen = await stack.enter_async_context(Softphone.started(user="citizen"))
        account = await citizen.account(
            "%3Cimg%20src=x%20onerror=alert(1)%3E", display="<script>window.broken=1</script>"
        )
        call = await citizen.call(f"sip:311@{attacked.sip}", account=account)
        for key in ("1", "0"):
            assert await call.wait_sound()
            await call.wait_silence(0.7, 1.0)
            await call.keys(key)
            await call.wait_silence(0.05, 1.0)
        rung = await asyncio.wait_for(phone.incoming.get(), 40)
        assert "broken" not in rung.remote, "the presented name reaches no phone"
        await desk.wait_for_selector("html[data-pop]")
        await expect(desk.locator("#call-column")).to_have_attribute("data-call-state", "rings")
        await rung.answer()
        await expect(desk.locator("#call-column")).to_have_attribute("data-call-state", "talks")
        pages = (
            *("/console", "/console/cases", f"/console/cases/{made['number']}", "/console/calls", "/console/missed"),
            *("/console/calls?search=%3Cimg+src%3Dx+onerror%3Dalert(1)%3E", "/console/board"),
        )
        for address in pages:
            answer = await desk.goto(f"{attacked.console_url}{address}")
            assert answer is not None
            assert answer.status == 200, address
            await desk.wait_for_load_state()
            assert await desk.locator("img[src=x]").count() == 0, address
            assert await desk.evaluate("window.broken") is None, address
        await desk.goto(f"{attacked.console_url}/console/cases/{made['number']}")
        await expect(desk.locator(".said")).to_contain_text("<img src=x onerror=alert(1)>")
        await expect(desk.locator(".said")).to_contain_text("{{7*7}}")
        await call.do("hang_up")
        assert faults == []


async def test_a_caller_cannot_transfer_a_call(attacked):
    """REFER from the public side is refused; the call goes on."""
    async with Softphone.started(user="citizen") as citizen:
        call = await citizen.call(f"sip:311@{attacked.sip}")
        assert await call.wait_sound()
        for target in ("2002", "00381641234567", "*71"):
            try:
                await call.do("transfer", uri=f"sip:{target}@{attacked.sip}")
            except RadioError:
                continue
        assert not await call.wait_ended(2.0)
        moved = [event["value"] for event in call.events if event["event"] == "transferred"]
        assert not any(200 <= int(value[0] if isinstance(value, list) else value) < 300 for value in moved)
        await call.do("hang_up")
