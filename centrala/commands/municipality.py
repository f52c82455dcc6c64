"""`centrala municipality check DIR`: what is wrong in a town's folder, with file, line and mend."""

from __future__ import annotations

import argparse
from pathlib import Path

from centrala.errors import WrongUsage
from centrala.layout import Layout
from centrala.municipality_check import check
from centrala.settings import Settings

SUMMARY = "check a town's folder: file, line and mend for whatever is wrong"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("action", choices=("check",))
    parser.add_argument("directory", nargs="?", type=Path, help="default: the folder in use")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Return 2 when the folder cannot be used. Prompts are looked at when the folder is the one in use."""
    directory = arguments.directory or settings.municipality
    if not directory.is_dir():
        raise WrongUsage(f"{directory} is no folder")
    prompts = Layout.of(settings).prompts
    in_use = directory.resolve() == settings.municipality.resolve() and prompts.is_dir()
    problems = check(directory, prompts if in_use else None)
    for problem in problems:
        print(problem)
    if problems:
        return 2
    print(f"{directory} is in order" + ("; every prompt is there in every language" if in_use else ""))
    return 0
