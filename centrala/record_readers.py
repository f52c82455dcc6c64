"""The readers and keepers of one installation's records, put together. Owns which folder each of them reads."""

from __future__ import annotations

from agent_console.reports.freshness import DataAge
from asterisk_conf.models import Directories
from calls.ports import EventBus
from centrala.databases import Databases, now
from centrala.intake_rules import TownIntakeRules
from centrala.layout import Layout
from centrala.records import Records
from recordings.keeper import RecordingKeeper, SealThis
from recordings.wav import finished_seconds
from storage.case_mint import LocalCaseMint
from storage.cel_files import CelFiles
from storage.cel_reader import CelReader
from storage.journal_index import JournalIndex
from storage.journal_reader import JournalReader
from storage.left_messages import LeftMessages
from storage.relay import Relay
from storage.spool_import import SpoolFolders, SpoolImport


def make_records(
    layout: Layout,
    databases: Databases,
    bus: EventBus,
    rules: TownIntakeRules,
    mint: LocalCaseMint,
    age: DataAge,
    seal: SealThis,
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
        keeper=RecordingKeeper(databases.main, layout.recordings, now, seal),
        database=databases.main,
        bus=bus,
        clock=now,
        recordings=layout.recordings,
        complete=age.note,
    )
