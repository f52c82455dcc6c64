"""Process `dispatch`: orders to the field, by radio through its own SIP endpoint and by telephone through the PBX."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from ami.call_control import AmiCallControl
from ami.client import AmiAccount, AmiClient
from cases.alarm_calls import Patience
from cases.ladder import Ladder
from cases.town import Town
from centrala.buses import open_forward
from centrala.databases import now
from centrala.layout import Layout
from centrala.outside_lines import dial_string
from centrala.secrets_file import load_secrets
from centrala.settings import Settings
from centrala.speaker import make_speaker
from centrala.town_files import TownFiles
from dispatch.alarm_worker import AlarmWorker
from dispatch.service import DispatchDependencies, run_dispatch
from dispatch.sip_types import EndpointSettings
from dispatch.telephone_answers import journal_answers
from storage.database import Database
from storage.journal_index import JournalIndex
from storage.order_scripts import FileOrderScripts


async def serve(settings: Settings, instance: int, stop: asyncio.Event) -> None:
    """Send orders until `stop`. What was being tried then is tried again by the next start."""
    layout = Layout.of(settings)
    keys = load_secrets(layout.home)
    town = TownFiles(settings.municipality)
    control = AmiCallControl()
    host, port = settings.ami.address
    client = AmiClient(AmiAccount(host, port, "centrala-writer", keys.ami_writer), on_event=control.on_event)
    control.attach(client)
    database = Database(settings.database_url)
    sip_host, sip_port = settings.dispatch.bind.rsplit(":", 1)
    async with open_forward(settings.bus.url, layout.event_socket) as bus:
        needs = DispatchDependencies(
            database=database,
            calls=control,
            speaker=make_speaker(layout),
            bus=bus,
            clock=now,
            scripts=FileOrderScripts(layout.order_spool),
            telephone_answers=journal_answers(JournalIndex(*layout.journals).entries_of),
            ladder_of=lambda organisation, crew: ladder_of(town.current().town, organisation, crew),
            recordings=layout.recordings,
            answers=layout.spool / "answers",
            endpoint=EndpointSettings(bind_host=sip_host, bind_port=int(sip_port)),
            caller_id=f'"{town.current().town.name}" <{town.current().town.dids[0]}>',
            answer_timeout=settings.dispatch.answer_timeout,
            key_timeout=settings.dispatch.key_timeout,
        )
        alarms = AlarmWorker(
            database=database,
            calls=control,
            speaker=needs.speaker,
            scripts=needs.scripts,
            answers=needs.telephone_answers,
            bus=bus,
            clock=now,
            duty=lambda: town.current().town.duty_phones,
            dial=lambda number: dial_string(town.current().town, number),
            language=lambda: town.current().town.default_language,
            caller_id=needs.caller_id,
            patience=Patience(taken=timedelta(seconds=settings.watch.quiet_after_taken)),
        )
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(client.run())
                if settings.watch.alarm_calls:
                    tasks.create_task(alarms.run())
                tasks.create_task(run_dispatch(needs))
                await stop.wait()
                raise _Stopped
        except* _Stopped:
            pass
        finally:
            await database.close()


class _Stopped(Exception):
    """Ends the task group."""


def ladder_of(town: Town, organisation: str, crew: str) -> Ladder:
    """Return whom an order goes to. Raises LookupError for an unknown crew or body."""
    who = town.crew(crew)
    body = town.organisation(organisation)
    if who is None or body is None:
        raise LookupError(f"no crew {crew!r} of {organisation!r} in the town's folder")
    gateway = town.radio_gateway(who.radio)
    duty = body.duty_phone or town.duty_phones[0]
    return Ladder(
        radio=gateway.uri if gateway else None,
        crew_phone=dial_string(town, who.phone) if who.phone else None,
        duty_phone=dial_string(town, duty),
    )
