"""`centrala backup DIR`: see `centrala/backup.py`."""

from __future__ import annotations

import argparse
from pathlib import Path

from centrala import backup
from centrala.settings import Settings

SUMMARY = "write a backup into a new folder, while everything runs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("directory", type=Path)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Do it, saying what is being copied."""
    backup.take(settings, arguments.directory, print)
    print("done")
    return 0
