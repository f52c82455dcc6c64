"""The supervisor's room on real telephones: calling back who got nothing, test calls, alarms that ring people."""

import asyncio
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, closing
from functools import partial

import pytest

from centrala.secrets_file import load_secrets, sip_password
from centrala.simulate.softphone import PhoneCall, Softphone
from tests.free_ports import free_port_block
from tests.system.asterisk_bed import wait_for
from tests.system.installation import CHECKOUT, Installation, running_installation

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]
CITIZEN = "0641234567"
OPERATOR = "2001"
E164 = "+381641234567"


@pytest.fixture(scope="module")
def line_port():
    return free_port_block()


@pytest.fixture(scope="module")
def centrala(tmp_path_factory, line_port):
    """An installation with a provider's line, which ends at a softphone of ours."""
    folder = tmp_path_factory.mktemp("town") / "municipality"
    shutil.copytree(CHECKOUT / "municipality", folder)
    town = (folder / "town.yaml").read_text()
    line = f'  - {{name: line, match: ["192.0.2.10"], server: "sip:127.0.0.1:{line_port}"}}\n'
    allowed = 'citizen_calls: {trunk: line, allow: ["+38164XXXXXXX"]}\n'
    (folder / "town.yaml").write_text(
        town.replace('match: ["127.0.0.1"]\n', 'match: ["127.0.0.1"]\n' + line).replace("queue:", allowed + "queue:", 1)
    )
    watched = {"SYNTHETIC_EVERY": "4", "ALARM_CALLS": "true", "NO_OPERATORS_AFTER": "100000"}
    extra = {f"CENTRALA_WATCH__{name}": value for name, value in watched.items()}
    with running_installation(extra, municipality=folder) as running:
        yield running


async def operators_phone(stack: AsyncExitStack, centrala: Installation, extension: str) -> Softphone:
    phone = await stack.enter_async_context(Softphone.started(user=extension))
    seed = load_secrets(centrala.home).sip_password_seed
    await phone.register(extension, sip_password(seed, extension), f"sip:{centrala.sip}")
    return phone


async def rung(phone: Softphone) -> PhoneCall:
    async with asyncio.timeout(30):
        return await phone.incoming.get()


def steadily_up(centrala: Installation) -> Callable[[], bool]:
    """Return whether the line has been up for longer than the exchange waits for an answer (3 s).

    What it asked before the telephone was there may come to nothing only now, and would make the line unreachable.
    """
    began: list[float] = []

    def look() -> bool:
        centrala.cli("asterisk", "pjsip qualify line")
        up = "Avail" in centrala.cli("asterisk", "pjsip show aor line").stdout
        began[:] = (began or [time.monotonic()]) if up else []
        return up and time.monotonic() - began[0] > 3.5

    return look


async def hang_up_in_the_menu(centrala: Installation) -> None:
    async with Softphone.started(user="caller") as phone:
        account = await phone.account(CITIZEN)
        call = await phone.call(f"sip:311@{centrala.sip}", account=account)
        await call.wait_sound()
        await call.hang_up()


def worklist(centrala: Installation) -> list[dict]:
    status, found = centrala.api("GET", "/api/v1/missed", OPERATOR)
    assert status == 200
    return found["items"]


async def ask_to_call_back(centrala: Installation, missed: int, key: str) -> tuple[int, dict]:
    path = f"/api/v1/missed/{missed}/callback"
    return await asyncio.to_thread(centrala.api, "POST", path, OPERATOR, {}, {"Idempotency-Key": key})


async def test_a_missed_caller_is_called_back_with_one_click(centrala, line_port):
    await hang_up_in_the_menu(centrala)
    await hang_up_in_the_menu(centrala)
    wait_for(lambda: [row["count"] for row in worklist(centrala)] == [2], reason="one row for both calls")
    (row,) = worklist(centrala)
    assert row["path"] or row["last_words"], "how far the caller came stands there in words"
    async with AsyncExitStack() as stack:
        operator = await operators_phone(stack, centrala, "2001")
        citizen = await stack.enter_async_context(Softphone.started(user=E164, port=line_port))
        await asyncio.to_thread(wait_for, steadily_up(centrala), reason="the line is up")

        # Nobody takes it: the attempt counts and the row stays.
        asking = asyncio.create_task(ask_to_call_back(centrala, row["id"], "callback-1"))
        ringing = await rung(operator)
        await ringing.answer()
        status, begun = await asking
        assert status == 201, begun
        at_citizen = await rung(citizen)
        assert "311" in at_citizen.remote, "the citizen sees the town's number"
        await at_citizen.refuse(486)
        assert await ringing.wait_ended()
        wait_for(lambda: worklist(centrala)[0]["attempts"][-1]["outcome"] == "not_reached", reason="it counts")

        asking = asyncio.create_task(ask_to_call_back(centrala, row["id"], "callback-2"))
        ringing = await rung(operator)
        await ringing.answer()
        status, begun = await asking
        assert status == 201, begun
        at_citizen = await rung(citizen)
        await at_citizen.answer(heard=centrala.home / "citizen.wav")
        assert await at_citizen.wait_sound(), "the announcement of the recording"
        linkedid = begun["linkedid"]

        def bridged() -> list:
            found = "select 1 from cel_rows where linkedid = ? and event = 'BRIDGE_ENTER'"
            return centrala.rows(found, linkedid)

        wait_for(bridged, timeout=40, reason="both hear one another")
        await at_citizen.hang_up()
        assert await ringing.wait_ended()
    wait_for(lambda: worklist(centrala) == [], reason="reached: the row is closed, with both calls")
    closed = centrala.rows("select closed_how, closed_note from missed_calls")
    assert [(one["closed_how"], one["closed_note"]) for one in closed] == [("callback", linkedid)] * 2
    (call,) = centrala.rows("select * from calls where linkedid = ?", linkedid)
    assert (call["direction"], call["outcome"], call["operator"]) == ("outbound", "outbound_answered", "2001")
    wait_for(
        lambda: centrala.rows("select 1 from recordings where linkedid = ? and state = 'complete'", linkedid),
        reason="the call is recorded",
    )
    assert E164 not in str([dict(one) for one in centrala.rows("select * from cel_rows")])
    assert E164 not in (centrala.home / "log" / "console.log").read_text(errors="replace")


def test_the_product_calls_itself_and_hears_itself(centrala):
    def ended(kind: str) -> list:
        found = "select linkedid from calls where linkedid like ? and ended_at is not null and synthetic = 1"
        return centrala.rows(found, f"{kind}-%")

    wait_for(lambda: ended("testsound"), timeout=60, reason="the first test call is recorded")
    wait_for(lambda: ended("testcall"), timeout=60, reason="the others are not")
    sound = "select state from recordings where linkedid like 'testsound-%'"
    wait_for(lambda: [row["state"] for row in centrala.rows(sound)] == ["complete"], reason="its recording is kept")
    assert centrala.rows("select 1 from recordings where linkedid like 'testcall-%'") == []
    assert centrala.rows("select 1 from alarms where id like 'synthetic%'") == []
    assert centrala.rows("select 1 from missed_calls where linkedid like 'test%'") == [], "nobody calls us back"
    _, listed = centrala.api("GET", "/api/v1/calls?limit=200", "supervisor")
    assert not [call for call in listed["items"] if call["linkedid"].startswith("test")]


async def test_an_alarm_rings_the_duty_phone_until_a_key_takes_it(centrala):
    name = "send_failed:room-test"
    with closing(sqlite3.connect(centrala.home / "centrala.db", timeout=20)) as database:
        values = (name, "critical", "Nalog nije uručen.", "Pozovite ekipu.", "2026-01-01 00:00:00.000000")
        database.execute("insert into alarms (id, level, text, mend, since) values (?, ?, ?, ?, ?)", values)
        database.commit()

    def calls_about() -> list[str]:
        found = "select outcome from alarm_calls where alarm_id = ? and ended_at is not null order by id"
        return [row["outcome"] for row in centrala.rows(found, name)]

    async with AsyncExitStack() as stack:
        duty = await operators_phone(stack, centrala, "2005")
        keys = ["3", "1"]  # first to the next person, who is the only one there is, and takes it
        while "acknowledged" not in calls_about():
            call = await rung(duty)
            (open_one,) = centrala.rows("select id, alarm_id from alarm_calls where ended_at is null")
            await call.answer(heard=centrala.home / "alarm.wav")
            assert await call.wait_sound()
            await call.keys(keys.pop(0) if open_one["alarm_id"] == name else "1")
            assert await call.wait_ended(30)
            stored = "select 1 from alarm_calls where id = ? and ended_at is not null"
            wait_for(partial(centrala.rows, stored, open_one["id"]), reason="it is stored")
    assert calls_about()[-2:] == ["handed_over", "acknowledged"]
    assert centrala.rows("select 1 from alarms where id = ? and cleared_at is null", name), "only its fact clears it"
    sent = centrala.rows("select state from outbox where kind = 'alarm' and idempotency_key like ?", f"alarm:{name}%")
    assert [row["state"] for row in sent] == ["delivered"]
