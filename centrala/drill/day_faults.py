"""What breaks in a simulated day, once each, and which calls that touches. Owns the table; the doing is the drill's."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from asterisk_conf.process import AsteriskProcessError
from centrala.drill.day_truth import Window
from centrala.drill.faults import FAULTS, Fault, Scene, restart
from centrala.drill.oracle import Allowance

_CONVENIENT: Final = 120.0
_UNTIL_DEAD: Final = 0.1
"""Seconds in which the kill has happened: calls that begin later are not of those whose line broke."""


async def _kill_second_server(scene: Scene) -> float:
    return await restart(scene, "agi-2")


async def _ask_to_restart(scene: Scene) -> float:
    """Asterisk ends as soon as there is no call, and is started again: `wait_restarted` waits for it.

    Its console says nothing until then, so no answer is no mistake.
    """
    with contextlib.suppress(AsteriskProcessError):
        await scene.site.exchange("core stop when convenient")
    return 0.0


@dataclass(frozen=True, slots=True)
class DayFault:
    """One fault of the day. `menu`, `lines`: see `Window`. `later`: it happens at the end of the part."""

    fault: Fault
    menu: bool = False
    lines: bool = False
    later: bool = False


_DRILLED: Final = {fault.name: fault for fault in FAULTS}
DAY_FAULTS: Final = {
    one.fault.name: one
    for one in (
        DayFault(_DRILLED["agi-1 killed in mid-menu"], menu=True),
        DayFault(Fault("agi-2 killed", 2, _kill_second_server, ("agi-2",))),
        DayFault(_DRILLED["console killed"]),
        DayFault(_DRILLED["dispatch and public site killed"]),
        DayFault(Fault("Asterisk restarted when convenient", 14, _ask_to_restart, ("asterisk",)), later=True),
        DayFault(_DRILLED["Asterisk killed"], lines=True),
    )
}
"""By name. A caller in the menu of a server that dies may lose a key; when Asterisk is killed every line breaks."""


def allowance(names: list[str]) -> Allowance:
    """Return what these faults excuse together."""
    allowed = [DAY_FAULTS[name].fault.allowed for name in names]
    return Allowance(cut_off=any(one.cut_off for one in allowed), drops=any(one.drops for one in allowed))


async def break_it(name: str, scene: Scene, lines_broke: Callable[[], None]) -> Window:
    """Do the fault, tell those whose lines broke, and return what it touched."""
    one, began = DAY_FAULTS[name], time.time()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(one.fault.inject(scene))
        if one.lines:
            await asyncio.sleep(_UNTIL_DEAD)
            lines_broke()
    return Window(name, began, time.time(), menu=one.menu, lines=one.lines)


async def wait_restarted(scene: Scene, old: int) -> None:
    """Return once Asterisk has ended by itself, its successor answers and the console says that all is well."""
    site = scene.site
    await site.running("asterisk", but=old, within=_CONVENIENT)
    await site.wait_ready()
