"""`centrala doctor`: every check, a line each, with what to do about it."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json

from rich.console import Console
from sqlalchemy import func, select

from asterisk_conf.models import Directories
from centrala.commands.status import read_status
from centrala.databases import now, open_databases
from centrala.doctor import machine, recogniser, telephone
from centrala.doctor.finding import Finding, Level, failed, ok
from centrala.layout import Layout
from centrala.secrets_file import load_secrets
from centrala.settings import Settings
from storage.database import DatabaseDown
from storage.tables import calls

SUMMARY = "check ports, disk, clock, Asterisk, AMI, database, prompts and the town's folder"
MARKS = {Level.OK: "[green]ok[/]     ", Level.WARNING: "[yellow]warning[/]", Level.FAILED: "[red]FAILED[/] "}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--json", action="store_true", help="for programs")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Return 1 when a check failed; warnings alone are no failure."""
    findings = asyncio.run(examine(settings))
    if arguments.json:
        print(json.dumps([dataclasses.asdict(finding) for finding in findings], indent=2, ensure_ascii=False))
    else:
        console = Console(soft_wrap=True)
        for finding in findings:
            mend = f" → {finding.mend}" if finding.mend else ""
            console.print(f"{MARKS[finding.level]} {finding.subject}: ", end="")
            console.print(f"{finding.text}{mend}", markup=False, highlight=False)
    return 1 if any(finding.level is Level.FAILED for finding in findings) else 0


async def examine(settings: Settings) -> list[Finding]:
    """Run every check; none stops another."""
    layout = Layout.of(settings)
    running = read_status(settings)["running"]
    findings = machine.check_ports(settings, running=running)
    findings.append(machine.check_disk(layout.recordings, settings.recordings.low_disk_percent))
    findings.append(machine.check_open_files())
    findings.append(telephone.check_asterisk(layout.home))
    findings.append(telephone.check_pjsua2())
    findings.append(recogniser.check_recogniser(settings))
    findings += await _check_database(settings)
    prompts = layout.prompts if layout.prompts.is_dir() else None
    findings += telephone.check_town(settings.municipality, prompts)
    if running:
        cel = Directories(home=layout.home, modules=layout.home, data=layout.home).cel_file
        findings.append(telephone.check_cel_folder(cel))
        findings.append(await telephone.check_ami(settings, load_secrets(layout.home).ami_reader))
    return findings


async def _check_database(settings: Settings) -> list[Finding]:
    try:
        async with open_databases(settings) as databases:
            await databases.migrate()
            async with databases.main.read() as connection:
                newest = (await connection.execute(select(func.max(calls.c.arrived_at)))).scalar()
    except DatabaseDown as error:
        mend = "start the database server or mend database.url; calls go on meanwhile, the journal keeps their facts"
        return [failed("database", str(error), mend), machine.check_clock(now(), None)]
    return [ok("database", "answers"), machine.check_clock(now(), newest)]
