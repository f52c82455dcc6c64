"""A whole day over real Asterisk: callers by SIPp, operators at their telephones, faults; then truth against reports.

Owns the order. Who does what is in `day_script.py`; what became of it is judged by `day_truth.py`.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from centrala.drill.cell import settled
from centrala.drill.day_books import Ring, Seen
from centrala.drill.day_callers import PartOfCallers, side
from centrala.drill.day_effort import DayEffort, DayResult
from centrala.drill.day_faults import DAY_FAULTS, allowance, break_it, wait_restarted
from centrala.drill.day_figures import true_figures
from centrala.drill.day_operators import Operator, Room
from centrala.drill.day_page import DeskPage, chromium
from centrala.drill.day_phone import DayPhone
from centrala.drill.day_reports import REPORTS, compare, told_figures
from centrala.drill.day_script import Caller, CaseToAsk, Part, Plan, Staff, script
from centrala.drill.day_site import day_site
from centrala.drill.day_truth import Truth, Window, judge_day
from centrala.drill.faults import Fault, Scene
from centrala.drill.site import POLL, Site
from centrala.secrets_file import load_secrets, sip_password
from storage.database import Database

_LONGEST_CALL: Final = 120.0
_AFTER_BROKEN_LINES: Final = 45.0
_CATCH_UP: Final = 60.0
_LOOK_AGAIN: Final = 2.0
"""Seconds between two looks at reports that may still lack what the readers have not brought."""
_CALLED_BACK: Final = 120.0


@dataclass(slots=True)
class _Books:
    seen: list[Seen] = field(default_factory=list)
    windows: list[Window] = field(default_factory=list)


class Day:
    """One day on a running site."""

    def __init__(
        self, site: Site, database: Database, effort: DayEffort, citizens: DayPhone, say: Callable[[str], None]
    ) -> None:
        self._say = say
        self._site, self._database, self._effort, self._citizens = site, database, effort, citizens
        self._scene = Scene(site, random.Random(effort.seed))  # noqa: S311 - moments, not secrets
        self._dialled = 0
        self._books = _Books()
        self._operators: list[Operator] = []

    async def live(self) -> DayResult:
        """Play the whole script and judge it."""
        began, first = time.monotonic(), self._today()
        effort = self._effort
        parts = script(effort.calls, effort.seed, await self._case(), effort.faults)
        callers = {caller.number: caller for part in parts for caller in part.callers}
        count = 2 if effort.operators >= 10 else 1
        names = [str(2001 + place) for place in range(effort.operators)]
        room = Room(self._site, callers, specialists=tuple(names[-count:]))
        secrets = load_secrets(self._site.settings.home)
        async with AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:
            self._operators = [Operator(room, name, tasks) for name in names]
            staying = []
            for one in self._operators:
                one.phone.sip_port = self._site.sip_port
                await one.phone.open()
                stack.callback(one.phone.close)
                registered = asyncio.Event()
                password = sip_password(secrets.sip_password_seed, one.extension)
                staying.append(tasks.create_task(one.phone.stay_registered(password, registered)))
                await asyncio.wait_for(registered.wait(), 30.0)
            if effort.browsers:
                browser = await stack.enter_async_context(chromium(self._site))
                for one in self._operators[: effort.browsers]:
                    one.page = await DeskPage.of(browser, self._site, one.extension)
            for part in parts:
                self._say(f"{part.name}: {len(part.callers)} calls")
                await self._play(part, room)
            await asyncio.gather(*(one.be("offline") for one in self._operators))
            for task in staying:
                task.cancel()
        return await self._judge(callers, room, first, time.monotonic() - began)

    async def _case(self) -> CaseToAsk:
        """Open the case that callers will ask for."""
        body = {"description": "a case to ask for"}
        made = await asyncio.to_thread(self._site.api, "POST", "/api/v1/cases", "2001", body, "case-of-the-day")
        return CaseToAsk("".join(filter(str.isdigit, made["number"])), str(made["pin"]))

    async def _play(self, part: Part, room: Room) -> None:
        await self._staff(part.staff, room)
        effort, site = self._effort, self._site
        name = f"{len(self._books.seen):05d}"
        calling = PartOfCallers.start(
            part.callers, site.sip_port, site.settings.home / "drill", name, effort.rate, round(effort.gap * 1000)
        )
        length, limit = len(part.callers) / effort.rate, _LONGEST_CALL
        exchange = site.pid("asterisk")
        try:
            if part.fault:
                await asyncio.sleep(max(length / 2, 3 * effort.gap))
                window = await break_it(part.fault, self._scene, self._lines_broke)
                self._say(f"  {part.fault}: normal service after {window.ended - window.began:.1f} s")
                self._books.windows.append(window)
                limit = _AFTER_BROKEN_LINES if window.lines else limit
            if part.staff is Staff.MEETING:
                await asyncio.sleep(length + effort.meeting)
                await self._staff(Staff.READY, room)
            seen = await calling.finish(length + limit)
        finally:
            calling.kill()
        self._books.seen += seen
        await self._called_back(part, seen)
        await self._quiet()
        if part.fault and DAY_FAULTS[part.fault].later:
            await wait_restarted(self._scene, exchange)

    async def _staff(self, staff: Staff, room: Room) -> None:
        if staff is Staff.ABSENT:
            return
        state = "paused:sastanak" if staff is Staff.MEETING else "ready"
        people = [one for one in self._operators if one.extension not in room.specialists]
        wanted = [one.be(state) for one in people if one.state != state]
        wanted += [one.be("paused:obrada") for one in self._operators if one not in people and not one.state]
        await asyncio.gather(*wanted)

    async def _called_back(self, part: Part, seen: Sequence[Seen]) -> None:
        """Wait until everybody who was promised a callback has had one."""
        plans = {caller.number: caller.plan for caller in part.callers}
        wanted = sum(plans[one.number] is Plan.CALLBACK and one.served and not self._talked(one) for one in seen)
        if not wanted:
            return
        self._dialled += wanted
        for _ in range(round(_CALLED_BACK / POLL)):
            if sum(ring.answered > 0 for ring in self._citizens.rings) >= self._dialled:
                return
            await asyncio.sleep(POLL)

    def _talked(self, one: Seen) -> bool:
        return any(ring.number == one.number and ring.answered and ring.at < one.ended for ring in self._rings)

    @property
    def _rings(self) -> list[Ring]:
        return [ring for one in self._operators for ring in one.phone.rings]

    async def _quiet(self) -> None:
        """Return when every operator has put the last call away."""
        for one in self._operators:
            await asyncio.wait_for(one.idle.wait(), _LONGEST_CALL)

    def _lines_broke(self) -> None:
        for one in self._operators:
            one.phone.line_broke()
        self._citizens.line_broke()

    def _today(self) -> date:
        return datetime.now(ZoneInfo("Europe/Belgrade")).date()

    async def _judge(self, callers: Mapping[str, Caller], room: Room, first: date, seconds: float) -> DayResult:
        books, rings = self._books, self._rings
        truth = judge_day(callers, books.seen, rings, books.windows)
        sides = [side(callers[one.number], one) for one in books.seen]
        fault = Fault(
            "the day", 0, DAY_FAULTS["console killed"].fault.inject, allowed=allowance(list(self._effort.faults))
        )
        verdict = await settled(self._site, self._database, fault, sides)
        true = true_figures(truth.calls, rings, room.wrapped, room.stretches)
        end = time.monotonic() + _CATCH_UP
        while True:
            compared = compare(true, told_figures(await self._reports(first)))
            if all(one.agrees for one in compared) or time.monotonic() > end:
                break
            await asyncio.sleep(_LOOK_AGAIN)
        strange = [*truth.strange, *room.unasked, *self._callbacks(truth)]
        refreshed = sum(one.page.refreshed for one in self._operators if one.page is not None)
        return DayResult(self._effort, truth, compared, verdict, strange, rings, refreshed, seconds)

    def _callbacks(self, truth: Truth) -> list[str]:
        """Say who was promised a callback and did not get exactly one."""
        rung = [ring.asked[-9:] for ring in self._citizens.rings]
        promised = [call.number for call in truth.calls if call.fate == "callback"]
        return [
            f"{number} was promised a callback and was called {rung.count(number[-9:])} times"
            for number in promised
            if rung.count(number[-9:]) != 1
        ]

    async def _reports(self, first: date) -> dict[str, dict[str, object]]:
        query = f"from={first}&until={self._today()}&compare=none"
        return {
            name: await asyncio.to_thread(self._site.api, "GET", f"/api/v1/reports/{name}?{query}", "admin")
            for name in REPORTS
        }


async def live_a_day(made: Path, effort: DayEffort, say: Callable[[str], None], *, keep: bool = False) -> DayResult:
    """Start an installation from what set-up made, live a day on it and judge it; `say` is told how far it is.

    Raises CommandFailed.
    """
    async with day_site(made, effort.operators, keep=keep) as (site, database, citizens):
        say(f"an installation of its own runs in {site.settings.home}")
        return await Day(site, database, effort, citizens, say).live()
