"""Process `public`: the public site. Started without the identity key: it cannot open who reported."""

from __future__ import annotations

import asyncio

from centrala.databases import now
from centrala.secrets_file import load_secrets
from centrala.settings import Settings
from centrala.town_files import TownFiles
from centrala.web_server import serving
from public_site.app import build_app
from public_site.dependencies import PublicDependencies
from storage.case_status import SqlCaseStatus
from storage.database import Database


async def serve(settings: Settings, instance: int, stop: asyncio.Event) -> None:
    """Serve until `stop`."""
    town = TownFiles(settings.municipality).current().town
    database = Database(settings.database_url)
    pin_key = bytes.fromhex(load_secrets(settings.home).pin_key)
    deps = PublicDependencies(database=database, status=SqlCaseStatus(database, pin_key, now), town=town, clock=now)
    try:
        async with serving(build_app(deps), settings.public_site.bind):
            await stop.wait()
    finally:
        await database.close()
