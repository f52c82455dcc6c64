"""`centrala up`: start everything in the foreground; Ctrl-C stops it all."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import fcntl
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from asterisk_conf.installation import AsteriskInstallation, find_asterisk, refused_asterisk
from calls.problems import FileProblemsError
from centrala.accounts import FirstAccount, make_first_accounts
from centrala.commands.status import read_status
from centrala.databases import open_databases
from centrala.doctor.finding import Level
from centrala.doctor.machine import check_ports
from centrala.doors import door_policy
from centrala.errors import CommandFailed, WrongUsage
from centrala.forked_child import ForkServer
from centrala.layout import Layout
from centrala.logs import configure_logs
from centrala.municipality_check import check
from centrala.processes import asterisk_program, forking, process_specs
from centrala.secrets_file import load_secrets
from centrala.settings import Settings, shown_address
from centrala.setup import run_setup
from centrala.supervisor import Supervisor
from centrala.town_files import read_town
from centrala.town_watch import watch_town
from storage.database import DatabaseDown

SUMMARY = "start everything in the foreground; Ctrl-C stops it"
READY_LIMIT = 60.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--setup", action="store_true", help="first set up whatever is missing")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Start, show where everything is, and stay until asked to stop."""
    layout = Layout.of(settings)
    layout.make()
    configure_logs(layout.logs / "supervisor.log")
    with _only_one(layout.run / "centrala.lock"):
        if arguments.setup:
            run_setup(layout.home, settings.municipality, with_tests=False)
        installation = _check(settings, layout)
        with forking(settings) as server:
            accounts = asyncio.run(_prepare(settings, layout))
            return asyncio.run(_serve(settings, layout, installation, accounts, server))


@contextlib.contextmanager
def _only_one(path: Path) -> Iterator[None]:
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CommandFailed(f"Centrala runs already from this folder ({path}); stop it first") from error
        yield


def _check(settings: Settings, layout: Layout) -> AsteriskInstallation:
    problems = check(settings.municipality, layout.prompts)
    if problems:
        raise WrongUsage("the town's folder has mistakes:\n  " + "\n  ".join(str(problem) for problem in problems))
    taken = [found for found in check_ports(settings, running=False) if found.level is Level.FAILED]
    if taken:
        raise CommandFailed("; ".join(f"{found.text}: {found.mend}" for found in taken))
    installation = find_asterisk(layout.home)
    if installation is None:
        reason = refused_asterisk(layout.home) or "no Asterisk here"
        raise CommandFailed(f"{reason}; start ./run, it installs one")
    return installation


async def _prepare(settings: Settings, layout: Layout) -> list[FirstAccount]:
    keys = load_secrets(layout.home)
    try:
        town = read_town(settings.municipality).town
    except FileProblemsError as error:
        raise WrongUsage(str(error)) from error
    async with open_databases(settings) as databases:
        try:
            await databases.migrate()
            return await make_first_accounts(databases.main, town, keys, layout.first_login, door_policy(settings))
        except DatabaseDown as error:
            # Calls are answered without the database; the console waits for it.
            Console(stderr=True).print(f"[yellow]{error}; starting anyway, calls are journalled[/]", highlight=False)
            return []


async def _serve(
    settings: Settings,
    layout: Layout,
    installation: AsteriskInstallation,
    accounts: list[FirstAccount],
    server: ForkServer,
) -> int:
    specs = process_specs(settings, asterisk_program(settings, installation))
    supervisor = Supervisor(specs, layout.run, layout.logs, settings.supervisor.freeze_limit, server)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, supervisor.stop)
    console = Console()
    started = time.monotonic()
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(supervisor.run())
        watching = tasks.create_task(watch_town(settings, installation, supervisor))
        ready = tasks.create_task(_wait_ready(settings))
        await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            ready.cancel()
        else:
            problem = ready.result()
            if problem:
                console.print(f"[red]Not everything is up: {problem}[/] The logs are in {layout.logs}")
            _announce(console, settings, layout, installation, accounts, time.monotonic() - started)
        await running
        watching.cancel()
    for name in ("asterisk.ctl", "asterisk.pid"):
        (layout.home / "asterisk" / "run" / name).unlink(missing_ok=True)
    console.print("Everything is stopped.")
    return 0


async def _wait_ready(settings: Settings) -> str:
    """Return what is not ready after a minute; empty when all is."""
    status = await asyncio.to_thread(read_status, settings)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(READY_LIMIT):
            while not (status["running"] and all(answer == "ok" for answer in status["answers"].values())):
                await asyncio.sleep(0.2)
                status = await asyncio.to_thread(read_status, settings)
            return ""
    return "; ".join(f"{name}: {answer}" for name, answer in status["answers"].items() if answer != "ok")


def _announce(
    console: Console,
    settings: Settings,
    layout: Layout,
    installation: AsteriskInstallation,
    accounts: list[FirstAccount],
    seconds: float,
) -> None:
    town = read_town(settings.municipality).town
    if accounts:
        table = Table(title=f"First accounts, shown once (also in {layout.first_login})", title_justify="left")
        for heading in ("role", "username", "password", "API token"):
            table.add_column(heading, overflow="fold")
        for one in accounts:
            table.add_row(one.user.role, one.user.username, one.password, one.token)
        console.print(table)
    table = Table(title=f"{town.name}: Centrala is up after {seconds:.1f} s", show_header=False, title_justify="left")
    table.add_row("number to call", f"{', '.join(town.dids)}   (sip:{town.dids[0]}@{shown_address(settings.sip.bind)})")
    table.add_row("console", f"http://{shown_address(settings.console.bind)}/")
    table.add_row("public site", f"http://{shown_address(settings.public_site.bind)}/")
    table.add_row("telephone exchange", installation.label)
    table.add_row("logs", str(layout.logs))
    table.add_row("try it", ".venv/bin/centrala simulate citizen")
    table.add_row("stop", "Ctrl-C")
    console.print(table)
