"""Processes `agi-1` and `agi-2`: the FastAGI servers. The second takes over the calls of a first that died."""

from __future__ import annotations

import asyncio
import hmac

from agi.dependencies import Dependencies
from agi.route_table import route_table
from agi.server import AgiServer, ServerLimits
from agi.sounds import DIGIT_GAP, Sounds
from centrala.databases import now
from centrala.layout import Layout
from centrala.secrets_file import load_secrets
from centrala.settings import Settings, split_host_port
from centrala.speaker import make_speaker
from centrala.status_sentence import StatusSentence
from centrala.town_files import TownFiles
from storage.callback_turns import SqlCallbackTurns
from storage.case_mint import LocalCaseMint
from storage.case_status import SqlCaseStatus
from storage.database import Database
from storage.journal import Journal
from storage.order_scripts import FileOrderScripts
from storage.urgent_notice import UrgentNoticeFile


async def serve(settings: Settings, instance: int, stop: asyncio.Event, digit_gap: float = DIGIT_GAP) -> None:
    """Serve until `stop`, then let the calls in the menu finish. `digit_gap`: silence (s) after a digit read out."""
    layout = Layout.of(settings)
    keys = load_secrets(layout.home)
    town = TownFiles(settings.municipality)
    database = Database(settings.database_url)
    journal = Journal(*layout.journals, node=instance)
    pin_key = bytes.fromhex(keys.pin_key)
    needs = Dependencies(
        node=instance,
        clock=now,
        journal=journal,
        mint=LocalCaseMint(layout.mint, instance, pin_key, now),
        status=SqlCaseStatus(database, pin_key, now),
        status_sentence=StatusSentence(town),
        sounds=Sounds(
            layout.prompts, layout.prompts / "joined" / str(instance), make_speaker(layout), digit_gap=digit_gap
        ),
        town=lambda: town.current().menu,
        notice=UrgentNoticeFile(layout.notices, now),
        notice_pin_is_right=lambda pin: hmac.compare_digest(pin, keys.notice_pin),
        orders=FileOrderScripts(layout.order_spool),
        callback_turns=SqlCallbackTurns(database, now),
        recordings=layout.recordings,
    )
    host, port = split_host_port(settings.agi.bind if instance == 1 else settings.agi.second_bind)
    server = AgiServer(route_table(needs), keys.agi_token, ServerLimits(backlog=settings.agi.backlog))
    try:
        await server.serve(host, port, stop)
    finally:
        await asyncio.to_thread(journal.close)
        await database.close()
