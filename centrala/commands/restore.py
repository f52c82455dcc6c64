"""`centrala restore DIR`: see `centrala/backup.py`."""

from __future__ import annotations

import argparse
from pathlib import Path

from centrala import backup
from centrala.settings import Settings

SUMMARY = "put a backup back into an empty home folder"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("directory", type=Path)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Do it, saying what is being copied."""
    backup.put_back(settings, arguments.directory, print)
    print("done")
    return 0
