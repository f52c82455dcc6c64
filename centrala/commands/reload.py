"""`centrala reload`: take up changed lines, telephones and numbers without dropping a call.

Menus, services, notices and opening hours need no command: the processes see the change themselves. What Asterisk and
the console read at their start does: Asterisk reloads its files, the console is started again, which no call notices.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal

from asterisk_conf.installation import find_asterisk
from asterisk_conf.process import AsteriskProcessError
from centrala.commands.status import read_status
from centrala.errors import CommandFailed, WrongUsage
from centrala.layout import Layout
from centrala.municipality_check import check
from centrala.processes import asterisk_program
from centrala.settings import Settings
from centrala.setup import run_setup

SUMMARY = "take up a changed town's folder without dropping a call"


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """There are none."""


def run(_arguments: argparse.Namespace, settings: Settings) -> int:
    """Make new prompts, check the folder, write Asterisk's files, reload. Raises WrongUsage, CommandFailed."""
    layout = Layout.of(settings)
    status = read_status(settings)
    if not status["processes"]:
        raise CommandFailed("Centrala does not run here; start it with ./run")
    problems = check(settings.municipality)
    if not problems:
        run_setup(layout.home, settings.municipality, with_tests=False)
        problems = check(settings.municipality, layout.prompts)
    if problems:
        raise WrongUsage("nothing was changed:\n  " + "\n  ".join(str(problem) for problem in problems))
    installation = find_asterisk(layout.home)
    if installation is None:
        raise CommandFailed("there is no Asterisk here any more; start ./run, it installs one")
    try:
        asyncio.run(asterisk_program(settings, installation).reload())
    except AsteriskProcessError as error:
        raise CommandFailed(str(error)) from error
    for process in status["processes"]:
        if process["name"] == "console" and process["pid"]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process["pid"], signal.SIGTERM)
    print("the town's folder is taken up; calls went on")
    return 0
