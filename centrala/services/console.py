"""Process `console`: the console and its API, the link to the PBX, and the keeping of records, on one event loop."""

from __future__ import annotations

import asyncio

from agent_console.app import build_app
from agent_console.call_board import CallBoard
from agent_console.dependencies import ConsoleDependencies
from agent_console.operators.routes import ROSTER
from agent_console.town_view import town_view
from ami.call_control import AmiCallControl
from ami.client import AmiAccount
from asterisk_conf.models import Directories
from calls.ports import EventBus
from centrala.board_memory import BoardMemory
from centrala.buses import open_bus
from centrala.databases import Databases, now, open_databases
from centrala.disk_watch import DiskWatch
from centrala.intake_rules import TownIntakeRules
from centrala.layout import Layout
from centrala.pbx_link import PbxLink, PbxLinkNeeds
from centrala.records import Records
from centrala.secrets_file import load_secrets
from centrala.settings import Settings
from centrala.town_files import TownFiles
from centrala.web_server import serving
from recordings.keeper import RecordingKeeper
from recordings.wav import finished_seconds
from storage.case_mint import LocalCaseMint
from storage.cel_files import CelFiles
from storage.cel_reader import CelReader
from storage.journal_index import JournalIndex
from storage.journal_reader import JournalReader
from storage.left_messages import LeftMessages
from storage.relay import Relay
from storage.spool_import import SpoolFolders, SpoolImport
from storage.tailing import run_tail
from storage.urgent_notice import UrgentNoticeFile

NODE = 3


async def serve(settings: Settings, instance: int, stop: asyncio.Event) -> None:
    """Serve until `stop`. Calls go on without this process; its pages come back true after a restart."""
    layout = Layout.of(settings)
    keys = load_secrets(layout.home)
    town = TownFiles(settings.municipality)
    rules = TownIntakeRules(town)
    mint = LocalCaseMint(layout.mint, NODE, bytes.fromhex(keys.pin_key), now)
    control = AmiCallControl()
    host, port = settings.ami.address
    link = PbxLink(
        AmiAccount(host, port, "centrala-reader", keys.ami_reader),
        AmiAccount(host, port, "centrala-writer", keys.ami_writer),
        control,
    )
    board = CallBoard()
    notice = UrgentNoticeFile(layout.notices, now)
    async with open_databases(settings) as databases, open_bus(settings.bus.url, layout.event_socket) as bus:
        records = make_records(layout, databases, bus, rules, mint)
        app = build_app(
            ConsoleDependencies(
                database=databases.main,
                identity=databases.identity,
                bus=bus,
                call_control=control,
                case_mint=mint,
                town=town_view(town.current().town, rules),
                clock=now,
                recordings_dir=layout.recordings,
                photos_dir=layout.home / "photos",
                session_key=keys.session_key,
                origins=(settings.console.origin,) if settings.console.origin else (),
                queue=town.current().town.queue,
                secure_cookie=settings.console.origin.startswith("https://"),
                urgent_notice_on=lambda: notice.current() is not None,
                ready_checks={"pbx": lambda: _said(link.is_up, "no connection to the PBX")},
            ),
            board,
        )
        needs = PbxLinkNeeds(
            board=board,
            bus=bus,
            clock=now,
            restore=app[ROSTER].restore,
            compare=records.compare,
            recall=BoardMemory(databases.main, databases.identity).recall,
            region=town.current().town.country_code,
        )
        watch = DiskWatch(databases.main, layout.recordings, settings.recordings.low_disk_percent, now)
        async with serving(app, settings.console.bind):
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(link.run(needs))
                    tasks.create_task(records.run())
                    tasks.create_task(run_tail("disk", watch.step, interval=10.0))
                    await stop.wait()
                    raise _Stopped
            except* _Stopped:
                pass


class _Stopped(Exception):
    """Ends the task group."""


async def _said(good: bool, otherwise: str) -> str:
    return "" if good else otherwise


def make_records(
    layout: Layout, databases: Databases, bus: EventBus, rules: TownIntakeRules, mint: LocalCaseMint
) -> Records:
    """Build the record keeping."""
    cel = Directories(home=layout.home, modules=layout.home, data=layout.home).cel_file.parent
    identity = databases.identity
    folders = SpoolFolders(layout.spool, layout.recordings)
    journal = JournalIndex(*layout.journals).entries_of
    return Records.of(
        relay=Relay(JournalReader(*layout.journals), databases.main, identity, rules, bus.publish, now),
        cel=CelReader(
            CelFiles(cel),
            databases.main,
            identity.remember_caller,
            bus.publish,
            now,
            remember_callers=identity.remember_callers,
        ),
        left=LeftMessages(folders, databases.main, journal, finished_seconds, now),
        spools=SpoolImport(folders, databases.main, identity, mint, rules, finished_seconds, now, journal=journal),
        keeper=RecordingKeeper(databases.main, layout.recordings, now),
        database=databases.main,
        bus=bus,
        clock=now,
        recordings=layout.recordings,
    )
