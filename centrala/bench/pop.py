"""From the ring of an operator's phone to the pop in a real browser, and what the PBX tells of such a call.

Owns the sequence of one operator's calls. Phone, caller and browser share this machine's clock.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import ClientSession

from centrala.bench.bed import Bed
from centrala.bench.caller_probe import probe_call
from centrala.bench.manager_traffic import manager_traffic
from centrala.bench.operator_phone import OperatorPhone, operator_phone
from centrala.errors import CommandFailed
from centrala.layout import Layout
from centrala.secrets_file import sip_password
from centrala.settings import split_host_port

if TYPE_CHECKING:
    from playwright.async_api import Page

EXTENSION = "2001"
RING = 0.8
"""Seconds from the ring to the operator's answer."""
_LIMIT = 30.0
_MARKS = """() => performance.getEntriesByType("mark").filter((mark) => mark.name.startsWith("pop "))
    .map((mark) => performance.timeOrigin + mark.startTime)"""


@dataclass(frozen=True, slots=True)
class Pop:
    """One call. `ms`: ring to pop; `before_answer`: the pop stood there before the operator answered."""

    ms: float
    before_answer: bool


@dataclass(frozen=True, slots=True)
class PopResult:
    """All calls, with what AMI told of each on average."""

    pops: list[Pop]
    missing: int
    events_per_call: float
    bytes_per_call: float


async def measure_pops(bed: Bed, calls: int) -> PopResult:
    """Let `calls` callers ask for a person, one after the other. Raises CommandFailed when it cannot be measured."""
    settings = bed.place.settings
    password = sip_password(bed.secrets.sip_password_seed, EXTENSION)
    ami_port = split_host_port(settings.ami.bind)[1]
    address = f"http://{settings.console.bind}"
    async with (
        operator_phone(EXTENSION, password, bed.sip_port, RING) as phone,
        _desk(address, password) as page,
        manager_traffic(ami_port, bed.secrets.ami_reader) as traffic,
    ):
        await _be_ready(address, _token(Layout.of(settings).first_login))
        traffic.events.clear()
        traffic.size = 0
        number = bed.engines["d"].extension
        for index in range(calls):
            await _one_call(bed.sip_port, number, f"06414{index:05d}", phone, index)
        await asyncio.sleep(0.5)
        marks: list[float] = await page.evaluate(_MARKS)
    pops, missing = _matched(phone, marks)
    return PopResult(pops, missing, traffic.events.total() / calls, traffic.size / calls)


def _matched(phone: OperatorPhone, marks: list[float]) -> tuple[list[Pop], int]:
    """Give each ring the first pop between it and the next ring."""
    pops: list[Pop] = []
    starts = [rung.at * 1000 for rung in phone.rung]
    for index, rung in enumerate(phone.rung):
        end = starts[index + 1] if index + 1 < len(starts) else float("inf")
        # A browser's clock is rounded to 0.1 ms, and the console may be told before the phone: the ring is one of two.
        mine = [mark for mark in marks if starts[index] - 300 <= mark < end - 300]
        if mine:
            pops.append(Pop(mine[0] - starts[index], mine[0] < rung.answered * 1000))
    return pops, len(phone.rung) - len(pops)


async def _one_call(sip_port: int, number: str, caller: str, phone: OperatorPhone, index: int) -> None:
    async with probe_call(sip_port, number, caller) as call:
        await call.invite(f"127.0.0.1:{sip_port}")
        talking = asyncio.ensure_future(call.talk())
        try:
            await call.first_sound()
            await asyncio.sleep(0.15)
            await call.press("9")
            await _until(phone, lambda: len(phone.rung) > index and phone.rung[index].answered > 0)
            await asyncio.sleep(0.3)
            await call.hang_up()
            await _until(phone, lambda: phone.rung[index].ended > 0)
        finally:
            talking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await talking
    await asyncio.sleep(0.7)


async def _until(phone: OperatorPhone, holds: Any) -> None:  # noqa: ANN401 - a condition
    end = time.monotonic() + _LIMIT
    while not holds():
        if time.monotonic() > end:
            raise CommandFailed("the operator's phone did not ring, or was not hung up, within 10 s")
        await asyncio.sleep(0.02)


async def _be_ready(address: str, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        ClientSession(headers=headers) as session,
        session.put(f"{address}/api/v1/operators/me/state", json={"state": "ready"}) as answer,
    ):
        if answer.status != 200:
            raise CommandFailed(f"the operator cannot be ready: {answer.status} {(await answer.text())[:200]}")


def _token(first_login: Path) -> str:
    for line in first_login.read_text().splitlines():
        _role, username, _password, token = line.split()
        if username == EXTENSION:
            return token
    raise CommandFailed(f"{first_login} has no account {EXTENSION}")


@asynccontextmanager
async def _desk(address: str, password: str) -> AsyncIterator[Page]:
    """Yield the operator's desk in a headless Chromium, live."""
    try:
        from playwright.async_api import async_playwright
    except ImportError as error:
        raise CommandFailed("playwright is missing: pip install playwright") from error
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=_chromium(), args=["--no-sandbox"])
        try:
            page = await browser.new_page()
            await page.goto(f"{address}/login")
            await page.fill("input[name=username]", EXTENSION)
            await page.fill("input[name=password]", password)
            async with page.expect_websocket(timeout=_LIMIT * 1000):
                await page.press("input[name=password]", "Enter")
            await page.wait_for_selector("#call-column", timeout=_LIMIT * 1000)
            yield page
        finally:
            await browser.close()


def _chromium() -> str | None:
    """Return the host's own browser; None: the one that playwright brought."""
    return next((path for path in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(path).exists()), None)
