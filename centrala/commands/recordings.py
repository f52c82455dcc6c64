"""`centrala recordings purge|destroy-key`: retention by hand, and making a month's recordings unreadable for good."""

from __future__ import annotations

import argparse
import asyncio
import json

from sqlalchemy import func, select

from centrala.databases import now, open_databases
from centrala.errors import CommandFailed, WrongUsage
from centrala.layout import Layout
from centrala.secrets_file import load_recordings_key
from centrala.settings import Settings
from recordings.month_keys import MonthKeys
from recordings.purge import PurgeReport, purge
from storage import audit_repository
from storage.database import DatabaseDown
from storage.recording_tables import recording_holds

SUMMARY = "delete recordings whose time is over; destroy a month's key"
ACTOR = "command line"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    actions = parser.add_subparsers(dest="action", required=True)
    delete = actions.add_parser("purge", help="delete what is older than recordings.keep_…_days and not on hold")
    delete.add_argument("--dry-run", action="store_true", help="only say what would be deleted")
    delete.add_argument("--json", action="store_true", help="for programs")
    shred = actions.add_parser("destroy-key", help="no recording of that month can be heard again, wherever it is")
    shred.add_argument("month", help="for example 2026-11")
    shred.add_argument("--yes", action="store_true", help="without it nothing is done")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Do it; 1 when something could not be deleted."""
    try:
        if arguments.action == "destroy-key":
            asyncio.run(_destroy(arguments.month, settings, sure=arguments.yes))
            return 0
        report = asyncio.run(_purge(settings, dry_run=arguments.dry_run))
    except DatabaseDown as error:
        raise CommandFailed(f"{error}; nothing more was deleted") from error
    print(json.dumps(report.as_json()) if arguments.json else _said(report))
    return 1 if report.failed else 0


async def _purge(settings: Settings, *, dry_run: bool) -> PurgeReport:
    async with open_databases(settings) as databases:
        folder = Layout.of(settings).recordings
        retention = settings.recordings.retention
        return await purge(databases.main, folder, retention, now(), actor=ACTOR, dry_run=dry_run)


def _said(report: PurgeReport) -> str:
    lines = ["nothing is deleted, this is what would be:"] if report.dry_run else []
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(report.purged.items()))
    lines.append(f"deleted: {report.count} recordings{f' ({kinds})' if kinds else ''}, {report.freed / 1e6:.1f} MB")
    lines.append(f"on legal hold: {len(report.held)}")
    lines += [f"not deleted: {name}: {why}" for name, why in report.failed.items()]
    if not report.dry_run:
        lines.append(f"due and still there: {report.left}")
    return "\n".join(lines)


async def _destroy(month: str, settings: Settings, *, sure: bool) -> None:
    layout = Layout.of(settings)
    keys = MonthKeys(layout.recording_keys, load_recordings_key(layout.home))
    if month not in keys.months():
        raise WrongUsage(f"there is no key of {month}; there are: {', '.join(keys.months()) or 'none'}")
    if not sure:
        raise WrongUsage(f"no recording of {month} could be heard again, not even from a copy; add --yes to do it")
    async with open_databases(settings) as databases, databases.main.begin() as connection:
        standing = select(func.count()).select_from(recording_holds).where(recording_holds.c.released_at.is_(None))
        held = int(await connection.scalar(standing) or 0)
        if held:
            raise CommandFailed(f"{held} legal holds stand; release them first")
        await audit_repository.append(
            connection, at=now(), actor=ACTOR, action="recordings_key_destroyed", target=month, data={}
        )
    keys.destroy(month)
    print(f"the key of {month} is destroyed; destroy the backups that hold it, too")
