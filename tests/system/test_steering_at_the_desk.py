"""Hold, transfer and conference from the desk in a whole installation: what pages show, what the record says.

The console is killed in the middle: the record must come out the same.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from itertools import pairwise

import pytest
from playwright.async_api import expect

from centrala.layout import Layout
from centrala.secrets_file import load_secrets, sip_password
from centrala.simulate.softphone import PhoneCall, Softphone
from tests.system.asterisk_bed import wait_for
from tests.system.desk_browser import browser, sign_in
from tests.system.installation import Installation
from tests.system.steering import sound

pytestmark = [pytest.mark.system, pytest.mark.timeout(240)]


async def phone_of(stack: AsyncExitStack, installation: Installation, extension: str) -> Softphone:
    phone = await stack.enter_async_context(Softphone.started(user=extension))
    layout = Layout.of(installation.settings)
    password = sip_password(load_secrets(layout.home).sip_password_seed, extension)
    await phone.register(extension, password, f"sip:{installation.sip}")
    return phone


async def answered(phone: Softphone, installation: Installation, hertz: float) -> PhoneCall:
    async with asyncio.timeout(60):
        ringing = await phone.incoming.get()
    await ringing.answer()
    await sound(ringing, installation.home, hertz)
    return ringing


async def citizen_call(stack: AsyncExitStack, installation: Installation) -> PhoneCall:
    citizen = await stack.enter_async_context(Softphone.started(user="0641234567"))
    caller = await citizen.call(f"sip:311@{installation.sip}")
    for key in ("1", "0"):
        assert await caller.wait_sound(20)
        await caller.wait_silence(0.7, 1.0)
        await caller.keys(key)
        await caller.wait_silence(0.05, 1.0)
    return caller


def answers(installation: Installation) -> bool:
    try:
        return installation.api("GET", "/healthz")[0] == 200
    except OSError:
        return False


def parts(installation: Installation, linkedid: str) -> list[tuple[str, str]]:
    rows = installation.rows(
        "SELECT operator, kind FROM call_segments WHERE linkedid = ? ORDER BY began_at, operator", linkedid
    )
    return [(row["operator"], row["kind"]) for row in rows]


async def test_hold_consult_and_a_transfer_at_the_desk_with_a_console_killed_between(shared_installation):
    installation = shared_installation
    async with AsyncExitStack() as stack:
        opened = await stack.enter_async_context(browser())
        first = await phone_of(stack, installation, "2001")
        second = await phone_of(stack, installation, "2002")
        desk, faults = await sign_in(opened, installation, "2001")
        await desk.click("[data-set-state=ready]")
        await expect(desk.locator("#mine[data-state=ready]")).to_be_visible()
        caller = await citizen_call(stack, installation)
        talking = await answered(first, installation, 1000.0)
        await sound(caller, installation.home, 440.0)
        await expect(desk.locator("#call-column[data-call-state=talks]")).to_be_visible(timeout=20_000)
        linkedid = await desk.locator("#call-column").get_attribute("data-linkedid")

        await desk.keyboard.press("F4")
        await expect(desk.locator("#steer[data-held=desk]")).to_be_visible()
        assert await talking.wait_silence(lasting=0.5), "the caller hears music, not the desk"
        await desk.reload()
        await expect(desk.locator("#steer[data-held=desk]")).to_be_visible()

        old = installation.kill("console")
        await asyncio.to_thread(installation.wait_restarted, "console", old)
        await asyncio.to_thread(wait_for, lambda: answers(installation), timeout=30, reason="the console is back")
        await desk.reload()
        await expect(desk.locator("#steer[data-held=desk]")).to_be_visible(timeout=20_000)
        await desk.keyboard.press("F4")
        await expect(desk.locator('#steer[data-held=""]')).to_be_visible()

        await desk.keyboard.press("F6")
        await expect(desk.locator("#steer-target")).to_be_focused()
        await desk.select_option("#steer-target", "operator-2002")
        await desk.click("#steer-ask")
        asked = await answered(second, installation, 1500.0)
        await expect(desk.locator("#steer[data-consult=talking]")).to_be_visible()
        await desk.click('[data-steer="transfer/conference"]')
        await expect(desk.locator("#steer[data-consult=conference]")).to_be_visible()
        await desk.click('[data-steer="transfer/complete"]')
        assert await talking.wait_ended(), "the first operator's telephone is free"
        status, one = installation.api("GET", f"/api/v1/calls/{linkedid}", user="2002")
        assert status == 200
        assert one["now"]["consult"] == ""
        refused, problem = installation.api("POST", f"/api/v1/calls/{linkedid}/hold", user="2001")
        assert (refused, problem["error_id"]) == (403, "forbidden")
        status, _ = installation.api("POST", f"/api/v1/calls/{linkedid}/hold", user="2002")
        assert status == 200, "the call is the second operator's now"
        assert (await asyncio.to_thread(installation.api, "POST", f"/api/v1/calls/{linkedid}/unhold", "2002"))[0] == 200
        await caller.hang_up()
        assert await asked.wait_ended()
        assert faults == []

    ended = "SELECT operator, outcome FROM calls WHERE linkedid = ? AND ended_at IS NOT NULL"
    record = wait_for(lambda: installation.rows(ended, linkedid), reason="the record is complete")[0]
    assert (record["operator"], record["outcome"]) == ("2001", "operator")
    kinds = parts(installation, linkedid)
    mine = [kind for who, kind in kinds if who == "2001"]
    assert mine[:3] == ["talk", "hold", "talk"]
    assert "consult" in mine
    assert next(kind for who, kind in kinds if who == "2002") == "consult"
    assert ("2002", "talk") in kinds
    overlap = installation.rows(
        "SELECT 1 FROM call_segments a JOIN call_segments b ON a.linkedid = b.linkedid AND a.operator = b.operator "
        "AND a.id <> b.id AND a.began_at < b.ended_at AND b.began_at < a.ended_at WHERE a.linkedid = ?",
        linkedid,
    )
    assert overlap == [], "nothing is counted twice"
    assert installation.rows("SELECT 1 FROM call_segments WHERE ended_at IS NULL") == []


async def sent_by_the_console(installation: Installation, mine: PhoneCall, linkedid: str, phones) -> PhoneCall:
    path, to = f"/api/v1/calls/{linkedid}/transfer", {"target": "operator-2004"}
    sent = await asyncio.to_thread(installation.api, "POST", path, "2003", to, {"Idempotency-Key": f"to-{linkedid}"})
    assert sent[0] in (200, 201), sent
    return await answered(phones["2004"], installation, 1500.0)


async def sent_by_keys(installation: Installation, mine: PhoneCall, linkedid: str, phones) -> PhoneCall:
    await mine.do("transfer", uri=f"sip:2004@{installation.sip}")
    taken = await answered(phones["2004"], installation, 1500.0)
    await mine.hang_up()  # as a telephone does when it is told that the other one has answered
    return taken


async def put_through_by_the_console(installation: Installation, mine: PhoneCall, linkedid: str, phones) -> PhoneCall:
    path, to = f"/api/v1/calls/{linkedid}/transfer", {"target": "operator-2004"}
    key = {"Idempotency-Key": f"ask-{linkedid}"}
    sent = await asyncio.to_thread(installation.api, "POST", f"{path}/consult", "2003", to, key)
    assert sent[0] in (200, 201), sent
    asked = await answered(phones["2004"], installation, 1500.0)

    def complete() -> bool:
        return installation.api("POST", f"{path}/complete", "2003")[0] == 200

    await asyncio.to_thread(wait_for, complete, reason="2004 has answered, and the caller is put through")
    return asked


async def put_through_by_keys(installation: Installation, mine: PhoneCall, linkedid: str, phones) -> PhoneCall:
    await mine.do("hold")
    asking = asyncio.create_task(phones["2003"].call(f"sip:2004@{installation.sip}", account="2003"))
    asked = await answered(phones["2004"], installation, 1500.0)
    second = await asking
    await mine.do("join", other=second.number)
    assert await second.wait_ended(40)
    await mine.hang_up()
    return asked


WAYS = [sent_by_the_console, sent_by_keys, put_through_by_the_console, put_through_by_keys]


def talks_in(installation: Installation, extension: str) -> str:
    rows = installation.rows(
        "SELECT activity, linkedid FROM operator_activity WHERE extension = ? AND ended_at IS NULL", extension
    )
    return next((row["linkedid"] for row in rows if row["activity"] == "talking"), "")


def state(installation: Installation, extension: str) -> tuple[str, str]:
    people = installation.api("GET", "/api/v1/operators")[1]["items"]
    return next((one["state"], one["reason"]) for one in people if one["extension"] == extension)


async def test_a_desk_that_is_not_ready_talks_with_whom_a_colleague_sends(shared_installation):
    installation = shared_installation
    own = "/api/v1/operators/me/state"

    async def is_now(wanted: tuple[str, str], reason: str) -> None:
        await asyncio.to_thread(wait_for, lambda: state(installation, "2004") == wanted, reason=reason)

    async with AsyncExitStack() as stack:
        opened = await stack.enter_async_context(browser())
        phones = {one: await phone_of(stack, installation, one) for one in ("2003", "2004")}
        page, faults = await sign_in(opened, installation, "2004")
        column = page.locator("#call-column")
        assert installation.api("PUT", own, "2003", {"state": "ready"})[0] == 200
        calls = []
        for transfer in (*WAYS, sent_by_the_console):
            at_work = len(calls) < len(WAYS)
            if at_work:
                paused = {"state": "paused:obuka", "wrap_up": True}
                assert installation.api("PUT", own, "2004", paused)[0] == 200
            caller = await citizen_call(stack, installation)
            mine = await answered(phones["2003"], installation, 1000.0)
            linkedid = await asyncio.to_thread(wait_for, lambda: talks_in(installation, "2003"), reason="2003 talks")
            calls.append(linkedid)
            taken = await transfer(installation, mine, linkedid, phones)
            assert await mine.wait_ended(40), transfer
            await expect(column).to_have_attribute("data-linkedid", linkedid)
            await expect(column).to_have_attribute("data-call-state", "talks")
            await is_now(("talking", "") if at_work else ("offline", ""), f"{transfer.__name__}: 2004 talks")
            await caller.hang_up()
            assert await taken.wait_ended(40)
            await expect(column).to_have_attribute("data-call-state", "ended")
            if at_work:
                await is_now(("wrapup", ""), "an outcome is owed")
            wrap_up = {"outcome": "informed", "linkedid": linkedid}
            path, key = "/api/v1/operators/me/wrapup", {"Idempotency-Key": f"out-{linkedid}"}
            assert installation.api("POST", path, "2004", wrap_up, key)[0] in (200, 201)
            await is_now(("paused", "obuka") if at_work else ("offline", ""), "again what it was")
            if len(calls) == len(WAYS):
                assert installation.api("PUT", own, "2004", {"state": "offline"})[0] == 200
        assert installation.api("PUT", own, "2003", {"state": "offline"})[0] == 200
        assert faults == []

    rows = installation.rows("SELECT * FROM operator_activity WHERE extension = '2004' ORDER BY id")
    assert len({row["session_id"] for row in rows}) == 1, "who is not at work has no session"
    for before, after in pairwise(rows):
        assert before["ended_at"] == after["began_at"]
    for linkedid in calls[: len(WAYS)]:
        last = max(place for place, row in enumerate(rows) if row["linkedid"] == linkedid)
        was = [(row["activity"], row["linkedid"]) for row in rows[last - 1 : last + 1]]
        assert was == [("talking", linkedid), ("wrapup", linkedid)]
        assert (rows[last + 1]["activity"], rows[last + 1]["reason"]) == ("paused", "obuka")
    session = installation.rows("SELECT * FROM operator_sessions WHERE extension = '2004'")
    assert [(one["began_at"], one["ended_at"]) for one in session] == [(rows[0]["began_at"], rows[-1]["ended_at"])]
