"""`centrala drill`: break an installation made for it, under load, and say what was lost. The real one is let be."""

from __future__ import annotations

import argparse
import asyncio
import random
from collections.abc import Sequence
from functools import partial

from rich.console import Console
from rich.table import Table

from centrala.drill import day_table, report
from centrala.drill.cell import Effort, Result, run_cell
from centrala.drill.day import live_a_day
from centrala.drill.day_effort import DayEffort
from centrala.drill.faults import FAULTS, Fault
from centrala.drill.site import running_site
from centrala.errors import WrongUsage
from centrala.settings import Settings
from storage.database import Database

SUMMARY = "break a made-up installation under load and say what was lost"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--kills", type=int, default=5, help="how often each process is killed (default 5)")
    parser.add_argument("--others", type=int, default=2, help="how often every other fault is done (default 2)")
    parser.add_argument("--only", default="", help="only these rows of the fault matrix: 2,14")
    parser.add_argument("--rate", type=float, help="calls per second (default 5; of a day 1)")
    parser.add_argument("--listeners", type=int, default=3, help="callers with ears at any moment (default 3)")
    parser.add_argument("--seed", type=int, default=0, help="the same number: the same moments")
    parser.add_argument("--day", action="store_true", help="a whole day with operators: its reports against the truth")
    parser.add_argument("--calls", type=int, default=2000, help="calls of a day (default 2000)")
    parser.add_argument("--operators", type=int, default=20, help="operators of a day, 5 to 99 (default 20)")
    parser.add_argument("--browsers", type=int, default=2, help="how many of them sit at a real browser (default 2)")
    parser.add_argument("--keep", action="store_true", help="leave the folder for a look afterwards")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="for programs, with every finding")
    shape.add_argument("--markdown", action="store_true", help="the table for docs")


def chosen(only: str) -> list[Fault]:
    """Return the faults of the rows that are asked for. Raises WrongUsage."""
    known = {fault.row for fault in FAULTS}
    try:
        rows = {int(word) for word in only.split(",")} if only else known
    except ValueError as error:
        raise WrongUsage(f"--only: rows are numbers with commas between, such as 2,14: {only}") from error
    if unknown := rows - known:
        raise WrongUsage(f"--only: no such row: {', '.join(map(str, sorted(unknown)))}; there are {sorted(known)}")
    return [fault for fault in FAULTS if fault.row in rows]


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Return 0 when nothing was lost, doubled, unaccounted for or silent, and every figure of a day was true."""
    if arguments.day:
        return _run_day(arguments, settings)
    results = asyncio.run(_drill(arguments, settings, chosen(arguments.only)))
    if arguments.json:
        print(report.as_json(results))
    elif arguments.markdown:
        print(report.as_markdown(results))
    else:
        _print(results)
    return 1 if any(result.verdict.findings for result in results) else 0


def _run_day(arguments: argparse.Namespace, settings: Settings) -> int:
    try:
        rate = arguments.rate or 1.0
        effort = DayEffort(arguments.calls, arguments.operators, rate, seed=arguments.seed, browsers=arguments.browsers)
    except ValueError as error:
        raise WrongUsage(str(error)) from error
    told = Console(stderr=True)
    say = partial(told.print, highlight=False, markup=False)
    result = asyncio.run(live_a_day(settings.home, effort, say, keep=arguments.keep))
    shown = day_table.as_json(result) if arguments.json else day_table.as_markdown(result, whole=arguments.markdown)
    print(shown)
    return 1 if result.findings else 0


async def _drill(arguments: argparse.Namespace, settings: Settings, faults: Sequence[Fault]) -> list[Result]:
    told = Console(stderr=True)
    results: list[Result] = []
    effort = Effort(arguments.rate or 5.0, arguments.listeners)
    async with running_site(settings.home, keep=arguments.keep) as site:
        told.print(f"an installation of its own runs in {site.settings.home}", highlight=False)
        database = Database(site.settings.database_url)
        try:
            for place, fault in enumerate(faults):
                times = arguments.kills if fault.kills else arguments.others
                told.print(f"[{place + 1}/{len(faults)}] {fault.name}, {times} times", highlight=False, markup=False)
                chance = random.Random(f"{arguments.seed} {fault.name}")  # noqa: S311 - moments, not secrets
                result = await run_cell(site, database, fault, place, times, effort, chance)
                results.append(result)
                told.print("  " + " | ".join(report.cells(result)[2:]), highlight=False, markup=False)
                for finding in result.verdict.findings:
                    told.print(f"  {finding}", highlight=False, markup=False)
        finally:
            await database.close()
    return results


def _print(results: Sequence[Result]) -> None:
    table = Table(title="What was lost")
    for heading in report.HEADINGS:
        table.add_column(heading)
    for result in results:
        table.add_row(*report.cells(result))
    console = Console()
    console.print(table)
    console.print(report.as_sentence(results), highlight=False)
