"""`centrala config check|show`: the settings in force, without secrets."""

from __future__ import annotations

import argparse
import json

from centrala.settings import Settings

SUMMARY = "check or show the settings in force"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("action", choices=("check", "show"))


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Show the settings, or say that they are in order (wrong ones never get this far)."""
    if arguments.action == "show":
        print(json.dumps(settings.model_dump(mode="json"), indent=2))
    else:
        print("settings are in order")
    return 0
