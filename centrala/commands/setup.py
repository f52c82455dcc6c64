"""`centrala setup`: set up whatever is missing, without starting anything."""

from __future__ import annotations

import argparse

from centrala.layout import Layout
from centrala.settings import Settings
from centrala.setup import run_setup

SUMMARY = "set up whatever is missing, without starting anything"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--with-tests", action="store_true", help="also what the tests need")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Set up; harmless when nothing is missing."""
    run_setup(Layout.of(settings).home, settings.municipality, with_tests=arguments.with_tests)
    return 0
