"""`centrala migrate`: bring the databases to this version's schema."""

from __future__ import annotations

import argparse
import asyncio

from centrala.databases import open_databases
from centrala.errors import CommandFailed
from centrala.settings import Settings
from storage.database import DatabaseDown

SUMMARY = "bring the databases to this version's schema"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No arguments."""


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Migrate; harmless when nothing is to be done."""
    try:
        asyncio.run(_migrate(settings))
    except DatabaseDown as error:
        raise CommandFailed(f"{error}; check database.url and that the server runs") from error
    print("databases are at this version's schema")
    return 0


async def _migrate(settings: Settings) -> None:
    async with open_databases(settings) as databases:
        await databases.migrate()
