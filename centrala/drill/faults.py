"""The faults: each is done to a running site and returns how long normal service took to come back. Owns their doing.

Rows are those of the fault matrix in docs/faults.md. Must not know callers, load or judgement.
"""

from __future__ import annotations

import asyncio
import random
import signal
import socket
import sqlite3
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from centrala.drill.hostile import disturb
from centrala.drill.oracle import Allowance
from centrala.drill.site import POLL, Site
from centrala.errors import CommandFailed
from centrala.settings import split_host_port

_BACK_LIMIT: Final = 60.0
_OUTAGE: Final = 10.0
_CLOSED: Final = 6.0
_OPTIONS: Final = (
    "OPTIONS sip:311@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{unique};rport\r\n"
    "From: <sip:drill@127.0.0.1>;tag={unique}\r\nTo: <sip:311@127.0.0.1>\r\nCall-ID: {unique}\r\n"
    "CSeq: 1 OPTIONS\r\nContact: <sip:drill@127.0.0.1:{port}>\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
)


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a fault happens. `chance` is the drill's own, so that a run can be had again."""

    site: Site
    chance: random.Random


Inject = Callable[[Scene], Coroutine[Any, Any, float]]


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault. `kills`: processes whose deaths are counted; `rest`: seconds of peace before the next."""

    name: str
    row: int
    inject: Inject
    kills: tuple[str, ...] = ()
    rest: float = 3.0
    allowed: Allowance = field(default_factory=Allowance)


async def _back(check: Callable[[], bool], since: float) -> float:
    while not await asyncio.to_thread(check):
        if time.monotonic() - since > _BACK_LIMIT:
            raise CommandFailed(f"no normal service {_BACK_LIMIT:.0f} s after the fault")
        await asyncio.sleep(POLL)
    return time.monotonic() - since


def _accepts(bind: str) -> Callable[[], bool]:
    def check() -> bool:
        try:
            with socket.create_connection(split_host_port(bind), timeout=0.5):
                return True
        except OSError:
            return False

    return check


def _sip_answers(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(("127.0.0.1", 0))
        sender.settimeout(0.3)
        own = sender.getsockname()[1]
        try:
            sender.connect(("127.0.0.1", port))
            sender.send(_OPTIONS.format(port=own, unique=f"drill{own}{time.monotonic_ns()}").encode())
            return sender.recv(2048).startswith(b"SIP/2.0")
        except OSError:
            return False


def _udp_is_bound(bind: str) -> bool:
    wanted = f":{split_host_port(bind)[1]:04X}"
    return any(line.split()[1].endswith(wanted) for line in Path("/proc/net/udp").read_text().splitlines()[1:])


async def restart(scene: Scene, name: str, number: signal.Signals = signal.SIGKILL) -> float:
    """Signal a process and return the seconds until its successor serves."""
    site, began = scene.site, time.monotonic()
    old = await site.signal(name, number)
    await site.running(name, but=old)
    settings = site.settings
    checks: dict[str, Callable[[], bool]] = {
        "agi-1": _accepts(settings.agi.bind),
        "agi-2": _accepts(settings.agi.second_bind),
        "console": lambda: site.is_ready(settings.console.bind),
        "public": lambda: site.is_ready(settings.public_site.bind),
        "dispatch": lambda: _udp_is_bound(settings.dispatch.bind),
        "asterisk": lambda: _sip_answers(site.sip_port),
    }
    return await _back(checks[name], began)


async def _kill_agi_first(scene: Scene) -> float:
    return await restart(scene, "agi-1")


async def _kill_agi_in_turn(scene: Scene) -> float:
    """Kill the first, and the second just when it has taken the calls up."""
    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(restart(scene, "agi-1"))
        await asyncio.sleep(scene.chance.uniform(0.0, 0.6))
        second = tasks.create_task(restart(scene, "agi-2"))
    return max(first.result(), second.result())


async def _freeze_agi_first(scene: Scene) -> float:
    return await restart(scene, "agi-1", signal.SIGSTOP)


async def _restart_agi_first(scene: Scene) -> float:
    return await restart(scene, "agi-1", signal.SIGTERM)


async def _take_agi_ports(scene: Scene) -> float:
    """Keep both servers from listening: whoever connects is refused."""
    site = scene.site
    takers = []
    try:
        for name, bind in (("agi-1", site.settings.agi.bind), ("agi-2", site.settings.agi.second_bind)):
            await site.signal(name, signal.SIGKILL)
            taker = socket.socket()
            takers.append(taker)
            await _bind(taker, bind)
        await asyncio.sleep(_CLOSED)
    finally:
        for taker in takers:
            taker.close()
    began = time.monotonic()
    await _back(_accepts(site.settings.agi.second_bind), began)
    return await _back(_accepts(site.settings.agi.bind), began)


async def _bind(taker: socket.socket, bind: str) -> None:
    taker.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections of the dead linger on the address
    end = time.monotonic() + 5.0
    while True:
        try:
            taker.bind(split_host_port(bind))
            return
        except OSError:
            if time.monotonic() > end:
                raise
            await asyncio.sleep(0.01)


async def _disturb_agi(scene: Scene) -> float:
    settings = scene.site.settings
    await disturb(*split_host_port(settings.agi.bind))
    return await _back(_accepts(settings.agi.bind), time.monotonic())


async def _lock_sqlite(scene: Scene) -> float:
    """Hold the whole database for ten seconds: nobody else may read or write."""
    site = scene.site

    def hold() -> None:
        with closing(sqlite3.connect(site.settings.home / "centrala.db", timeout=20, isolation_level=None)) as one:
            one.execute("BEGIN EXCLUSIVE")
            time.sleep(_OUTAGE)
            one.execute("ROLLBACK")

    await asyncio.to_thread(hold)
    return await _back(lambda: site.is_ready(site.settings.console.bind), time.monotonic())


async def _kill_console(scene: Scene) -> float:
    return await restart(scene, "console")


async def _replay_everything(scene: Scene) -> float:
    """Kill the console and lose its reading positions: journal and CEL are read again from the first line."""
    site, began = scene.site, time.monotonic()
    old = await site.signal("console", signal.SIGKILL)

    def forget() -> None:
        with closing(sqlite3.connect(site.settings.home / "centrala.db", timeout=20)) as one:
            one.execute("UPDATE read_positions SET position = 0")
            one.commit()

    await asyncio.to_thread(forget)
    await site.running("console", but=old)
    return await _back(lambda: site.is_ready(site.settings.console.bind), began)


async def _cut_ami(scene: Scene) -> float:
    scene.site.tunnel.refuse()
    await asyncio.sleep(3.0)
    scene.site.tunnel.heal()
    site = scene.site
    return await _back(lambda: site.is_ready(site.settings.console.bind), time.monotonic())


async def _stall_ami(scene: Scene) -> float:
    scene.site.tunnel.stall()
    await asyncio.sleep(_OUTAGE)
    scene.site.tunnel.heal()
    site = scene.site
    return await _back(lambda: site.is_ready(site.settings.console.bind), time.monotonic())


async def _reload_manager(scene: Scene) -> float:
    site, began = scene.site, time.monotonic()
    await site.exchange("manager reload")
    return await _back(lambda: site.is_ready(site.settings.console.bind), began)


async def _kill_bystanders(scene: Scene) -> float:
    return max(await asyncio.gather(restart(scene, "dispatch"), restart(scene, "public")))


async def _kill_asterisk(scene: Scene) -> float:
    site, began = scene.site, time.monotonic()
    await restart(scene, "asterisk")
    return await _back(lambda: site.is_ready(site.settings.console.bind), began)


async def _nothing(_scene: Scene) -> float:
    """Let time pass: what the oracle then says is true of the load alone."""
    await asyncio.sleep(_OUTAGE)
    return 0.0


_KILL_REST: Final = 10.5
"""Longer than the supervisor's idea of a stable life, so that its back-off is not what is measured."""

FAULTS: Final = (
    Fault("nothing at all", 0, _nothing),
    Fault("FastAGI servers not listening", 1, _take_agi_ports, rest=6.0),
    Fault("agi-1 killed in mid-menu", 2, _kill_agi_first, ("agi-1",), _KILL_REST),
    Fault("agi-1, then agi-2 killed", 2, _kill_agi_in_turn, ("agi-1", "agi-2"), _KILL_REST),
    Fault("agi-1 frozen", 3, _freeze_agi_first, rest=6.0),
    Fault("rubbish on the FastAGI port", 4, _disturb_agi),
    Fault("agi-1 restarted (SIGTERM)", 5, _restart_agi_first, rest=6.0),
    Fault("SQLite locked for 10 s", 6, _lock_sqlite, rest=6.0),
    Fault("console killed", 7, _kill_console, ("console",), _KILL_REST),
    Fault("everything read again", 7, _replay_everything),
    Fault("AMI cut for 3 s", 9, _cut_ami),
    Fault("AMI stalled for 10 s", 9, _stall_ami),
    Fault("manager reload", 9, _reload_manager, rest=1.0),
    Fault("dispatch and public site killed", 10, _kill_bystanders, ("dispatch", "public"), _KILL_REST),
    Fault("Asterisk killed", 14, _kill_asterisk, ("asterisk",), _KILL_REST, Allowance(cut_off=True, drops=True)),
)
"""In the order in which they are drilled."""


def in_turn(faults: Sequence[Fault], rest: float = 3.0) -> Fault:
    """Return one fault that is all of these, one after another under the same load."""

    async def inject(scene: Scene) -> float:
        longest = 0.0
        for fault in faults:
            longest = max(longest, await fault.inject(scene))
            await asyncio.sleep(rest)
        return longest

    kills = tuple(name for fault in faults for name in fault.kills)
    return Fault(", ".join(fault.name for fault in faults), 0, inject, kills, rest)


def breaks_lines(fault: Fault) -> bool:
    """Say whether the callers' lines break: the exchange itself is killed."""
    return fault.allowed.drops
