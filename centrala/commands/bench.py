"""`centrala bench [--quick] [--json] [--force]`: what a call costs on this machine, beside other engines."""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from centrala.bench import readiness
from centrala.bench.plan import FULL, PARTS, QUICK, only
from centrala.bench.report import report
from centrala.bench.run import measure
from centrala.errors import CommandFailed
from centrala.settings import Settings

SUMMARY = "measure what a call costs on this machine, beside other engines"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--quick", action="store_true", help="within 90 seconds: an impression, not a result")
    parser.add_argument("--json", action="store_true", help="all figures, for programs")
    parser.add_argument("--force", action="store_true", help="measure on a busy machine; the report says so")
    parser.add_argument("--engines", default="", help="only these, by letter: a dialplan … f pyst2")
    parser.add_argument("--only", choices=PARTS, help="one part of the run alone")
    parser.add_argument("--save", type=Path, help="also write all figures to this file")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Return 0 when every promise that was measured is kept, else 1. Raises CommandFailed on a busy machine."""
    plan = QUICK if arguments.quick else FULL
    if arguments.only:
        plan = only(plan, arguments.only)
    if arguments.engines:
        plan = replace(plan, letters=arguments.engines)
    unfit = readiness.look().objections()
    if unfit and not arguments.force:
        raise CommandFailed(f"{'; '.join(unfit)}. Wait until it is quiet, or use --force for an unfit report")
    progress = Console(stderr=True)
    # The path of a UNIX socket is short: hence /tmp, and not the home folder.
    home = Path(tempfile.mkdtemp(prefix="cbench-"))
    try:
        results = measure(plan, home, settings.home, unfit, lambda text: progress.print(text, highlight=False))
    finally:
        shutil.rmtree(home, ignore_errors=True)
    figures = json.dumps(results.as_json(), indent=1)
    if arguments.save:
        arguments.save.write_text(figures + "\n")
    if arguments.json:
        print(figures)
    else:
        Console(width=max(Console().width, 120)).print(report(results))
    return 1 if any(verdict.kept is False for verdict in results.verdicts()) else 0
