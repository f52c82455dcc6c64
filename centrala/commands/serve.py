"""`centrala serve NAME`: one process of an installation, as the supervisor starts it."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import importlib
import signal

import uvloop

from centrala.heartbeat import beat_for_ever
from centrala.logs import configure_logs
from centrala.settings import Settings

SUMMARY = "run one process of the installation (the supervisor does this)"
SERVICES = ("agi-1", "agi-2", "console", "dispatch", "public")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("name", choices=SERVICES)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Run until asked to end by SIGTERM or SIGINT."""
    configure_logs()
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(_serve(arguments.name, settings))
    return 0


async def _serve(name: str, settings: Settings) -> None:
    kind, _, instance = name.partition("-")
    module = importlib.import_module(f"centrala.services.{kind}")
    gc.freeze()  # code and tables live for ever: nobody need look through them again while callers wait
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with asyncio.TaskGroup() as tasks:
        beat = tasks.create_task(beat_for_ever())
        await module.serve(settings, int(instance or 0), stop)
        beat.cancel()
