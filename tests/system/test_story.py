"""The purpose of the product in one walk: a citizen's call, the operator's desk, the order on the air, the recording.

Everybody is real: three softphones, a browser, a radio gateway, and all processes of an installation. At the end every
record is looked at. Beside it an order that nobody takes climbs its ladder to the alarm.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from centrala.settings import CHECKOUT
from centrala.simulate.softphone import Softphone
from tests.free_ports import free_port_block
from tests.system.desk_browser import browser, sign_in
from tests.system.installation import Installation, running_installation
from tests.system.phones import register
from tests.system.story_desk import CITIZEN, OPERATOR, answer, ring, the_timeline_says_so, wrap_up, write_case
from tests.system.story_records import every_record, listen_to_it, order_was_heard, pitch_heard, the_order

# Alone: whether each sentence of the order was whole can be judged only where nobody else takes the processor.
pytestmark = [pytest.mark.system, pytest.mark.alone, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> tuple[Path, int]:
    """The sample town on a gateway port of our own; the heating's crew has a gateway that does not exist."""
    folder = tmp_path_factory.mktemp("town") / "municipality"
    shutil.copytree(CHECKOUT / "municipality", folder)
    ports = free_port_block(2)
    radio = (folder / "radio.yaml").read_text()
    assert "127.0.0.1:5080" in radio
    dead = f'  radio-2: {{name: Mrtva veza, uri: "sip:dispatch@127.0.0.1:{ports + 1}"}}\n'
    (folder / "radio.yaml").write_text(radio.replace("127.0.0.1:5080", f"127.0.0.1:{ports}").rstrip("\n") + "\n" + dead)
    crews = (folder / "crews.yaml").read_text()
    lines = [line.replace("radio-1", "radio-2") if "toplana" in line else line for line in crews.splitlines()]
    (folder / "crews.yaml").write_text("\n".join(lines) + "\n")
    return folder, ports


@pytest.fixture(scope="module")
def installation(town):
    extra = {"CENTRALA_DISPATCH__ANSWER_TIMEOUT": "3"}
    with running_installation(extra, town[0]) as running:
        yield running


async def refuse_calls(phone: Softphone, refused: list[str], extension: str) -> None:
    """Be a telephone that nobody takes."""
    while True:
        call = await phone.incoming.get()
        await call.refuse()
        refused.append(extension)


async def test_from_the_ring_to_the_crews_acknowledgement_and_the_recording(installation, tmp_path):
    """The story; while it goes on, another order climbs its ladder to the alarm."""
    async with asyncio.TaskGroup() as group:
        group.create_task(nobody_takes_it(installation))
        await the_story(installation, tmp_path)


@asynccontextmanager
async def radio_gateway(installation: Installation, heard: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """A gateway that takes one order; it is ended also when what goes on beside it fails."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "centrala", "simulate", "gateway", "radio-1", "--ack", "1", "--out", str(heard)),
        cwd=CHECKOUT,
        env=installation.environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def the_story(installation: Installation, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(radio_gateway(installation, tmp_path / "gateway.wav"))
        opened = await stack.enter_async_context(browser())
        citizen = await stack.enter_async_context(Softphone.started(user="citizen"))
        operator = await stack.enter_async_context(Softphone.started(user="2001"))
        await register(operator, installation, "2001")
        desk, faults = await sign_in(opened, installation, "2001")
        await desk.click("[data-set-state=ready]")
        await expect(desk.locator("#mine[data-state=ready]")).to_be_visible()

        calling, rung = await ring(installation, desk, citizen, operator, tmp_path)
        linkedid = await answer(desk, calling, rung, tmp_path)
        case = await write_case(desk, linkedid, rung)
        heard, _ = await asyncio.wait_for(gateway.communicate(), 90)
        assert gateway.returncode == 0, heard.decode()
        assert "pressing 1" in heard.decode()
        order = await the_order(installation, case)
        await order_was_heard(installation, order, tmp_path / "gateway.wav")
        await the_timeline_says_so(desk, installation, case)

        await rung.do("hang_up")
        assert await calling.wait_ended(40)
        await wrap_up(desk, installation, linkedid)
        assert faults == []
        await listen_to_it(installation, opened, linkedid)
        await every_record(installation, linkedid, case, order, tmp_path)
    # Both were heard by each other, and both are on the recording.
    assert pitch_heard(tmp_path / "citizen.wav", OPERATOR) > 3
    assert pitch_heard(tmp_path / "operator.wav", CITIZEN) > 3


async def nobody_takes_it(installation: Installation) -> None:
    """An order goes to a dead gateway twice, to the crew's phone, to the duty phone, and ends as a loud alarm."""
    refused: list[str] = []
    async with AsyncExitStack() as stack:
        opened = await stack.enter_async_context(browser())
        board, faults = await sign_in(opened, installation, "supervisor")
        await board.goto(f"{installation.console_url}/console/board")
        await expect(board.locator(".alarm.critical")).to_have_count(0)
        refusing = []
        for extension in ("2004", "2005"):
            phone = await stack.enter_async_context(Softphone.started(user=extension))
            await register(phone, installation, extension)
            refusing.append(asyncio.create_task(refuse_calls(phone, refused, extension)))
        case = await post(installation, "/api/v1/cases", {"service_code": "no_heating", "street": "Kosovska"})
        order = await post(installation, f"/api/v1/cases/{case['number']}/orders", {"urgent": True})
        await expect(board.locator(".alarm.critical")).to_contain_text("nije uručen", timeout=120_000)
        await expect(board.locator(".alarm.critical")).to_contain_text(case["shown"])
        for task in refusing:
            task.cancel()
        attempts = installation.rows(
            "select path, outcome from order_attempts where order_id = ? order by number", order["id"]
        )
        assert [one["path"] for one in attempts] == ["radio", "radio", "crew_phone", "duty_phone"]
        assert all(one["outcome"] in ("no_answer", "failed") for one in attempts)
        assert refused == ["2004", "2005"], "both phones rang, the crew's first"
        assert installation.rows("select state from orders where id = ?", order["id"]) == [{"state": "failed"}]
        (stored,) = installation.rows("select status from cases where number = ?", case["number"])
        assert stored["status"] == "send_failed"
        page = await board.context.new_page()
        await page.goto(f"{installation.console_url}/console/cases/{case['number']}")
        await expect(page.locator("h1 + .state.send_failed")).to_be_visible()
        assert faults == []


async def post(installation: Installation, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Post as an operator; return what was made."""
    given = {"kind": "request", "channel": "phone", **body} if path.endswith("/cases") else body
    headers = {"Idempotency-Key": f"story-{path.count('/')}-key"}
    status, made = await asyncio.to_thread(installation.api, "POST", path, "2002", given, headers)
    assert status in (200, 201, 202), made
    return dict(made)
