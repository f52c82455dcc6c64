"""What the console looks at again and again: the room, its own link, idle operators, the disk, old rows, a test call.

Owns how often each is looked at, and where its facts come from. What a fact means belongs to the watch itself.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from aiohttp import web

from agent_console.operators.desk import State
from agent_console.operators.routes import IDLE_WATCH, ROSTER
from agent_console.reports.freshness import DataAge
from centrala.daily_purge import DailyPurge
from centrala.databases import Databases, now
from centrala.disk_watch import DiskWatch
from centrala.layout import Layout
from centrala.pbx_link import PbxLink
from centrala.records import Records
from centrala.room_watch import Facts, RoomWatch
from centrala.settings import Settings
from centrala.synthetic_call import SyntheticCaller
from centrala.town_files import TownFiles, WholeTown
from storage.tailing import run_tail
from storage.urgent_notice import UrgentNoticeFile


class Watches:
    """Run `run()` for the life of the process. `app`: the console; `caller`: who places the test call."""

    def __init__(
        self,
        settings: Settings,
        databases: Databases,
        link: PbxLink,
        app: web.Application,
        *,
        room: RoomWatch,
        caller: SyntheticCaller,
        age: DataAge,
    ) -> None:
        recordings, layout = settings.recordings, Layout.of(settings)
        self._link = link
        self._app = app
        self._room = room
        self._caller = caller
        self._caller_every = settings.watch.synthetic_every
        self._age = age
        self._disk = DiskWatch(databases.main, layout.recordings, recordings.low_disk_percent, now)
        self._retention = DailyPurge(databases.main, layout.recordings, recordings.retention, now)

    async def run(self) -> None:
        """Look until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(run_tail("age of the data", self._note_link, interval=1.0))
            tasks.create_task(run_tail("disk", self._disk.step, interval=10.0))
            tasks.create_task(run_tail("the room", self._room.step, interval=2.0))
            if self._caller_every:
                tasks.create_task(self._call_ourselves(self._caller_every))
            tasks.create_task(run_tail("idle operators", self._see_idle, interval=1.0))
            tasks.create_task(run_tail("retention", self._retention.step, interval=600.0))

    async def _call_ourselves(self, every: float) -> None:
        await asyncio.sleep(every)  # the exchange and the menu are still starting
        await run_tail("test call", self._caller.step, interval=every)

    async def _see_idle(self) -> bool:
        await self._app[IDLE_WATCH].step()
        return False

    async def _note_link(self) -> bool:
        if self._link.is_up:
            self._age.note("pbx", now())
        return False


def room_watch(
    settings: Settings,
    town: TownFiles,
    databases: Databases,
    link: PbxLink,
    app: web.Application,
    *,
    records: Records,
    notice: UrgentNoticeFile,
) -> RoomWatch:
    """Return the watch over the room, with its facts."""
    facts = Facts(
        link_is_up=lambda: link.is_up,
        # Only one that registers or has a server can be down.
        trunks=lambda: tuple(trunk.name for trunk in town.current().town.trunks if trunk.server is not None),
        opened=lambda at: _operators_wanted(town.current(), at),
        operators=lambda: sum(desk.state is not State.OFFLINE for desk in app[ROSTER].desks()),
        notice=lambda: notice.current() is not None,
        backlog=lambda: records.relay.backlog_bytes + records.cel.backlog_bytes,
    )
    patience = timedelta(seconds=settings.watch.no_operators_after)
    return RoomWatch(databases.main, link.lines, records.bus, now, facts, patience)


def _operators_wanted(town: WholeTown, at: datetime) -> bool:
    """Say whether operators should be there; a town without such a schedule wants them always."""
    calendar = town.menu.calendar
    return "operators" not in calendar.schedules or calendar.is_open("operators", at)
