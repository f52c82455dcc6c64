"""Pops while many work: 200 pages are live, ten callers a second ask for a person, twenty-four operators take them.

Owns the load and its sequence. Phones, callers and listeners are this process's own and share the machine's clock; the
time counts from the INVITE at the operator's phone to the pop at that operator's page.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import defaultdict
from contextlib import AsyncExitStack
from dataclasses import dataclass

from aiohttp import ClientSession

from centrala.bench.bed import Bed
from centrala.bench.caller_probe import probe_call
from centrala.bench.live_clients import live_clients
from centrala.bench.operator_phone import OperatorPhone, operator_phone
from centrala.errors import CommandFailed
from centrala.secrets_file import sip_password

RING = 0.5
TALK = 0.5
_LIMIT = 15.0


@dataclass(frozen=True, slots=True)
class BusyPops:
    """`ms`: ring to pop, every call that was answered; `late`: the pop came after the answer; `failed`: no operator."""

    pages: int
    rate: float
    ms: list[float]
    late: int
    missing: int
    failed: int


class _Room:
    """The operators at work: their phones, their pages' pops, and who has to write an outcome."""

    def __init__(self, address: str, tokens: dict[str, str]) -> None:
        self.address = address
        self.tokens = tokens
        self.phones: dict[str, OperatorPhone] = {}
        self.pops: dict[str, list[float]] = defaultdict(list)
        self.calls: dict[str, str] = {}

    def note(self, now: float, payload: bytes) -> None:
        if b'"type": "pop"' not in payload:
            return
        data = json.loads(payload)["data"]
        self.pops[data["operator"]].append(now)
        self.calls[data["operator"]] = data["linkedid"]

    async def state(self, session: ClientSession, extension: str, wanted: str) -> None:
        headers = {"Authorization": f"Bearer {self.tokens[extension]}"}
        url = f"{self.address}/api/v1/operators/me/state"
        async with session.put(url, json={"state": wanted}, headers=headers) as answer:
            if answer.status != 200:
                raise CommandFailed(f"operator {extension} cannot be {wanted}: {(await answer.text())[:200]}")

    async def write_outcomes(self, session: ClientSession) -> None:
        """Do what an operator does after each call, until cancelled."""
        written: dict[str, int] = defaultdict(int)
        while True:
            await asyncio.sleep(0.05)  # how long an operator takes to see that a call is over
            for extension, phone in self.phones.items():
                ended = [rung for rung in phone.rung if rung.ended]
                if len(ended) > written[extension] and extension in self.calls:
                    written[extension] = len(ended)
                    body = {"outcome": "informed", "linkedid": self.calls[extension]}
                    headers = {"Authorization": f"Bearer {self.tokens[extension]}"}
                    headers["Idempotency-Key"] = f"busy-{extension}-{len(ended)}"
                    url = f"{self.address}/api/v1/operators/me/wrapup"
                    async with session.post(url, json=body, headers=headers) as answer:
                        if answer.status >= 400:
                            raise CommandFailed(f"an outcome was refused: {(await answer.text())[:200]}")


async def measure_busy_pops(bed: Bed, *, pages: int, rate: float, calls: int) -> BusyPops:
    """Run the load. Raises CommandFailed when operators or pages cannot be had."""
    address = f"http://{bed.place.settings.console.bind}"
    accounts = bed.place.accounts()
    operators = {name: token for role, name, token in accounts if role == "operator"}
    (watcher,) = (token for role, _, token in accounts if role == "supervisor")
    room = _Room(address, operators)
    live = f"{address}/api/v1/live"
    async with AsyncExitStack() as stack:
        for extension in operators:
            password = sip_password(bed.secrets.sip_password_seed, extension)
            phone = await stack.enter_async_context(operator_phone(extension, password, bed.sip_port, RING))
            room.phones[extension] = phone
        await stack.enter_async_context(live_clients(live, list(operators.values()), room.note))
        others = [watcher] * (pages - len(operators))
        await stack.enter_async_context(live_clients(live, others, lambda now, payload: None))
        session = await stack.enter_async_context(ClientSession())
        for extension in operators:
            await room.state(session, extension, "ready")
        outcomes = asyncio.ensure_future(room.write_outcomes(session))
        try:
            failed = await _load(bed, rate, calls)
        finally:
            outcomes.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await outcomes
        for extension in operators:
            await room.state(session, extension, "offline")
    return _sum_up(room, pages, rate, failed)


async def _load(bed: Bed, rate: float, calls: int) -> int:
    """Place the calls at their rate; return how many reached nobody."""
    number = bed.engines["d"].extension
    running: list[asyncio.Task[bool]] = []
    async with asyncio.TaskGroup() as group:
        for index in range(calls):
            running.append(group.create_task(_call(bed.sip_port, number, f"06415{index:05d}")))
            await asyncio.sleep(1 / rate)  # the pace of the load is what is asked for
    return sum(not task.result() for task in running)


async def _call(sip_port: int, number: str, caller: str) -> bool:
    """Ask for a person and talk; return whether one was there."""
    async with probe_call(sip_port, number, caller) as call:
        try:
            async with asyncio.timeout(_LIMIT):
                await call.invite(f"127.0.0.1:{sip_port}")
                await call.first_sound()
                await call.press("9")
                await asyncio.sleep(RING + TALK + 0.5)
        except (TimeoutError, ConnectionError):
            return False
        await call.hang_up()
        return True


def _sum_up(room: _Room, pages: int, rate: float, failed: int) -> BusyPops:
    found: list[float] = []
    late = missing = 0
    for extension, phone in room.phones.items():
        for index, rung in enumerate(phone.rung):
            end = phone.rung[index + 1].at if index + 1 < len(phone.rung) else float("inf")
            mine = [at for at in room.pops[extension] if rung.at - 0.3 <= at < end - 0.3]
            if not mine:
                missing += 1
                continue
            found.append((mine[0] - rung.at) * 1000)
            late += bool(rung.answered and mine[0] > rung.answered)
    return BusyPops(pages, rate, found, late, missing, failed)
