"""The command line: finds the command, gives it its settings, turns errors into one line and an exit code.

Owns nothing of what the commands do. Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import sys
from collections.abc import Sequence
from typing import Protocol, cast

from centrala.errors import CommandFailed, WrongUsage
from centrala.secrets_file import SecretsError
from centrala.settings import Settings, SettingsError, load_settings

COMMANDS = (
    "up",
    "setup",
    "serve",
    "reload",
    "status",
    "doctor",
    "asterisk",
    "simulate",
    "user",
    "municipality",
    "config",
    "migrate",
    "backup",
    "restore",
    "recordings",
    "drill",
    "bench",
)


class Command(Protocol):
    """A module under `centrala/commands/`: one file per command, loaded only when it is asked for."""

    SUMMARY: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's arguments."""
        ...

    def run(self, arguments: argparse.Namespace, settings: Settings) -> int:
        """Do it and return the exit code."""
        ...


def _load(name: str) -> Command:
    return cast("Command", importlib.import_module(f"centrala.commands.{name}"))


def run(argv: Sequence[str]) -> int:
    """Parse, run, and say what went wrong in one line."""
    logging.basicConfig(
        level=os.environ.get("CENTRALA_LOG", "WARNING"), format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    name = next((word for word in argv if not word.startswith("-")), None)
    try:
        parser = _parser(name if name in COMMANDS else None)
        arguments = parser.parse_args(argv)
        if arguments.command is None:
            parser.print_help()
            return 2
        return _load(arguments.command).run(arguments, load_settings())
    except (WrongUsage, SettingsError, SecretsError) as error:
        print(f"centrala: {error}", file=sys.stderr)
        return 2
    except CommandFailed as error:
        print(f"centrala: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 1


def _parser(chosen: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="centrala", description="A telephone-first contact centre for a town.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name in COMMANDS if chosen is None else (chosen,):
        command = _load(name)
        command.add_arguments(commands.add_parser(name, help=command.SUMMARY, description=command.SUMMARY))
    return parser
