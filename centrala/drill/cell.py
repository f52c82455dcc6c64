"""One fault, a number of times, under load: callers, the fault, healing, the oracle's verdict. Owns the order."""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from centrala.drill.caller import ListeningCaller
from centrala.drill.collect import collect
from centrala.drill.evidence import CallerSide, Wish
from centrala.drill.faults import Fault, Scene, breaks_lines
from centrala.drill.load import Load, numbers
from centrala.drill.oracle import Verdict, judge
from centrala.drill.site import Site
from storage.database import Database, DatabaseDown

log = logging.getLogger(__name__)
WARM_UP: Final = 4.0
SETTLE_LIMIT: Final = 75.0
"""Seconds without any progress after which what is still to come will not come: sealing a backlog takes its time."""
WORTH_A_LOOK: Final = 2.0
"""Seconds of silence that are logged, though they are no fault yet."""
_LISTENING_CELLS: Final = 50
_WISHES: Final = (Wish.MESSAGE, Wish.INFORMATION)


@dataclass(frozen=True, slots=True)
class Result:
    """What one cell of the table holds. `recoveries`: seconds until normal service, one for each time."""

    fault: str
    row: int
    kills: tuple[str, ...]
    times: int
    verdict: Verdict
    recoveries: tuple[float, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard a drill is. `rate`: calls per second by SIPp; `listeners`: callers with ears at any moment."""

    rate: float = 5.0
    listeners: int = 3


class Listeners:
    """Callers with ears, one call after another each, until `finish()`."""

    def __init__(self, site: Site, did: str, cell: int, count: int) -> None:
        self._site, self._did, self._count = site, did, count
        self._numbers = numbers(_LISTENING_CELLS + cell)
        self._stopping = False
        self._now: set[ListeningCaller] = set()
        self.sides: list[CallerSide] = []

    async def run(self) -> None:
        """Call until asked to stop; the last calls end by themselves."""
        async with asyncio.TaskGroup() as tasks:
            for place in range(self._count):
                tasks.create_task(self._call_again(itertools.cycle(_WISHES[place % 2 :] + _WISHES[: place % 2])))

    def stop(self) -> None:
        """Begin no further calls."""
        self._stopping = True

    def lines_broke(self) -> None:
        """The exchange is dead: so are the calls of this moment."""
        for caller in list(self._now):
            caller.line_broke()

    async def _call_again(self, wishes: itertools.cycle[Wish]) -> None:
        while not self._stopping:
            caller = ListeningCaller(self._site.sip_port, self._did, next(self._numbers), next(wishes))
            self._now.add(caller)
            try:
                side = await caller.call()
            finally:
                self._now.discard(caller)
            if side.dead_air is not None and side.dead_air > WORTH_A_LOOK:
                log.warning("%.1f s of silence in a call that heard: %s", side.dead_air, " ".join(caller.said))
            self.sides.append(side)
            if caller.was_dropped:
                await asyncio.sleep(0.5)


async def run_cell(
    site: Site, database: Database, fault: Fault, cell: int, times: int, effort: Effort, chance: random.Random
) -> Result:
    """Do `fault` `times` times under load, wait until everything is put away, and judge. `cell`: 0–49, used once."""
    began = time.monotonic()
    scene = Scene(site, chance)
    did = "311"
    listeners = Listeners(site, did, cell, effort.listeners)
    load = Load.start(site.sip_port, did, site.settings.home / "drill", cell, effort.rate, chance)
    recoveries: list[float] = []
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(listeners.run())
            await asyncio.sleep(WARM_UP)
            for _ in range(times):
                if breaks_lines(fault):
                    async with asyncio.TaskGroup() as pair:
                        injected = pair.create_task(fault.inject(scene))
                        await asyncio.sleep(0.1)
                        listeners.lines_broke()
                    recoveries.append(injected.result())
                else:
                    recoveries.append(await fault.inject(scene))
                log.info("%s: %.2f s", fault.name, recoveries[-1])
                await asyncio.sleep(fault.rest + chance.uniform(0.0, 2.0))
            listeners.stop()
            sides = await load.finish()
    finally:
        load.kill()
    verdict = await settled(site, database, fault, [*sides, *listeners.sides])
    return Result(fault.name, fault.row, fault.kills, times, verdict, tuple(recoveries), time.monotonic() - began)


async def settled(site: Site, database: Database, fault: Fault, callers: Sequence[CallerSide]) -> Verdict:
    """Judge again and again until nothing is left to come, or nothing has come for `SETTLE_LIMIT` seconds."""
    end = time.monotonic() + SETTLE_LIMIT
    fewest: int | None = None
    while True:
        try:
            verdict = judge(callers, await collect(site.layout, database), fault.allowed)
            left = len(verdict.to_come)
            if fewest is None or left < fewest:
                fewest, end = left, time.monotonic() + SETTLE_LIMIT
            if not left or time.monotonic() > end:
                return verdict
        except DatabaseDown:
            if time.monotonic() > end:
                raise
        await asyncio.sleep(1.0)
