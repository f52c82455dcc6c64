"""Process `console`: the console and its API, the link to the PBX, and the keeping of records, on one event loop."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from functools import partial

from agent_console.app import build_app
from agent_console.call_board import CallBoard
from agent_console.callbacks.keeper import CallbackKeeper
from agent_console.dependencies import DEPENDENCIES, ConsoleDependencies
from agent_console.operators.routes import OBSERVER, ROSTER
from agent_console.queues.announcer import WaitAnnouncer
from agent_console.queues.own_operator import OwnOperators
from agent_console.recordings.pauses import PAUSES
from agent_console.reports.freshness import DataAge
from agent_console.reports.rules import ReportRules
from agent_console.town_view import TargetView, town_view
from ami.call_control import AmiCallControl
from ami.client import AmiAccount
from ami.conversations import AmiConversations
from calls.ports import SpeechError
from centrala.board_memory import BoardMemory
from centrala.buses import open_bus
from centrala.console_watches import Watches, room_watch
from centrala.databases import now, open_databases
from centrala.doors import door_policy
from centrala.errors import CommandFailed
from centrala.intake_rules import TownIntakeRules
from centrala.layout import Layout
from centrala.outside_lines import callable_targets
from centrala.pbx_link import PbxLink, PbxLinkNeeds
from centrala.recogniser import InstalledModel, NoModelError, installed_model, recogniser_of
from centrala.record_readers import make_records
from centrala.secrets_file import load_recordings_key, load_secrets
from centrala.settings import Settings, split_host_port
from centrala.speaker import make_speaker
from centrala.synthetic_call import SyntheticCaller, sealed_silence
from centrala.town_files import TownFiles
from centrala.web_server import serving
from recordings.month_keys import MonthKeys
from recordings.sealer import Sealer
from recordings.transcriber import Transcriber
from storage.case_mint import LocalCaseMint
from storage.tailing import run_tail
from storage.urgent_notice import UrgentNoticeFile

log = logging.getLogger(__name__)
NODE = 3


async def serve(settings: Settings, instance: int, stop: asyncio.Event) -> None:
    """Serve until `stop`. Calls go on without this process; its pages come back true after a restart."""
    layout = Layout.of(settings)
    keys = load_secrets(layout.home)
    town = TownFiles(settings.municipality)
    rules = TownIntakeRules(town)
    mint = LocalCaseMint(layout.mint, NODE, bytes.fromhex(keys.pin_key), now)
    control = AmiCallControl()
    host, port = settings.ami.address
    link = PbxLink(
        AmiAccount(host, port, "centrala-reader", keys.ami_reader),
        AmiAccount(host, port, "centrala-writer", keys.ami_writer),
        control,
        AmiAccount(host, port, "centrala-phones", keys.ami_phones),
    )
    board = CallBoard()
    targets = tuple(TargetView(target.word, name) for target, name, _ in callable_targets(town.current().town))
    notice = UrgentNoticeFile(layout.notices, now)
    recording_keys = MonthKeys(layout.recording_keys, load_recordings_key(layout.home))
    sealer = Sealer(recording_keys)
    model = _model_of(settings)
    recogniser = recogniser_of(model, recording_keys, layout.recordings) if model else None
    async with open_databases(settings) as databases, open_bus(settings.bus.url, layout.event_socket) as bus:
        age = DataAge(("journal", "events", "pbx"), now())
        records = make_records(layout, databases, bus, rules, mint, age, sealer.seal)
        app = build_app(
            ConsoleDependencies(
                database=databases.main,
                identity=databases.identity,
                bus=bus,
                call_control=control,
                conversations=AmiConversations(control),
                case_mint=mint,
                town=town_view(town.current().town, rules, outside=targets, flows=town.current().menu.flows),
                clock=now,
                recordings_dir=layout.recordings,
                recording_keys=recording_keys,
                photos_dir=layout.home / "photos",
                session_key=keys.session_key,
                origins=(settings.console.origin,) if settings.console.origin else (),
                browser_phones=link.browser_phones,
                phone_websocket=settings.sip.websocket_url,
                phone_port=split_host_port(settings.sip.websocket_bind)[1],
                queue=town.current().town.queue,
                queues=lambda: town.current().town.all_queues,
                queues_of=lambda extension: town.current().town.queues_of(extension),
                text_languages=model.languages if model else (),
                operators_hear_own=settings.recordings.operators_hear_own,
                snoop_announced=settings.console.snoop == "announced",
                doors=door_policy(settings),
                secure_cookie=settings.console.origin.startswith("https://"),
                notice=notice,
                speak=partial(_speak, layout),
                link_lost_since=lambda: room.link_lost_since,
                report_rules=ReportRules(**settings.reports.model_dump()),
                data_age=age.age,
                ready_checks={"pbx": lambda: _said(link.is_up, "no connection to the PBX")},
            ),
            board,
        )
        needs = PbxLinkNeeds(
            board=board,
            bus=bus,
            clock=now,
            restore=app[ROSTER].restore,
            compare=records.compare,
            past_unknown=app[OBSERVER].past_unknown,
            catch_up=app[OBSERVER].catch_up,
            agree=app[OBSERVER].agree,
            tell_everybody=app[ROSTER].tell_everybody,
            recall=BoardMemory(databases.main, databases.identity).recall,
            note_hold=records.note_hold,
            note_transfer=records.note_transfer,
            renew_recording=lambda linkedid: app[PAUSES].over(linkedid, partial(link.recorder.renew, linkedid)),
            region=town.current().town.country_code,
        )
        room = room_watch(settings, town, databases, link, app, records=records, notice=notice)
        caller = SyntheticCaller(
            databases.main,
            control,
            now,
            sealed_silence(layout.recordings, recording_keys),
            town.current().town.dids[0],
            timedelta(seconds=settings.watch.sound_every),
        )
        watches = Watches(settings, databases, link, app, room=room, caller=caller, age=age)
        announcer = WaitAnnouncer(
            app[DEPENDENCIES],
            board,
            make_speaker(layout),
            offers_callback=lambda _queue: town.current().town.callback is not None,
        )
        callbacks = CallbackKeeper(app[DEPENDENCIES], lambda: town.current().town.callback)
        own_operators = OwnOperators(app[DEPENDENCIES], lambda: town.current().town.own_operator.days)
        async with serving(app, settings.console.bind):
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(link.run(needs))
                    tasks.create_task(records.run())
                    tasks.create_task(announcer.run())
                    tasks.create_task(callbacks.run())
                    tasks.create_task(own_operators.run())
                    tasks.create_task(watches.run())
                    if recogniser is not None:
                        transcriber = Transcriber(
                            databases.main,
                            layout.recordings,
                            recording_keys,
                            now,
                            recogniser,
                            lambda: records.keeper.is_idle,
                        )
                        tasks.create_task(run_tail("texts of recordings", transcriber.step, interval=5.0))
                    await stop.wait()
                    raise _Stopped
            except* _Stopped:
                pass
            finally:
                await sealer.close()
                if recogniser is not None:
                    await recogniser.rest()


def _model_of(settings: Settings) -> InstalledModel | None:
    try:
        return installed_model(settings)
    except NoModelError as error:
        if error.wanted:
            log.error("recordings get no text: %s", error)
        return None


async def _speak(layout: Layout, text: str, language: str) -> None:
    try:
        await make_speaker(layout).speak(text, language)
    except CommandFailed as error:
        raise SpeechError(str(error)) from error


class _Stopped(Exception):
    """Ends the task group."""


async def _said(good: bool, otherwise: str) -> str:
    return "" if good else otherwise
