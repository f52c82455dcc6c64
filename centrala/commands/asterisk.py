"""`centrala asterisk "COMMAND"`: one command on Asterisk's own command line, wherever its private copy lies."""

from __future__ import annotations

import argparse
import asyncio

from asterisk_conf.installation import find_asterisk
from asterisk_conf.models import Directories
from asterisk_conf.process import AsteriskProcessError, AsteriskProgram
from centrala.errors import CommandFailed
from centrala.layout import Layout
from centrala.settings import Settings

SUMMARY = "give Asterisk a command of its own command line and print the answer"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("words", nargs="+", metavar="COMMAND", help='for example "pjsip show registrations"')


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print what Asterisk says. Raises CommandFailed when it does not run."""
    home = Layout.of(settings).home
    installation = find_asterisk(home)
    if installation is None:
        raise CommandFailed("there is no Asterisk here; start ./run, it installs one")
    etc = Directories(home=home, modules=home, data=home).etc
    try:
        print(asyncio.run(AsteriskProgram(installation, etc).console(" ".join(arguments.words))), end="")
    except AsteriskProcessError as error:
        raise CommandFailed(f"{error}; does Centrala run? `centrala status` says") from error
    return 0
