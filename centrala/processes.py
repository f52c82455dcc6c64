"""The processes of an installation, as the supervisor starts them. Owns their command lines."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from asterisk_conf.installation import AsteriskInstallation
from asterisk_conf.process import AsteriskProgram
from asterisk_conf.write import write_configuration
from centrala.asterisk_inputs import asterisk_inputs
from centrala.forked_child import ForkServer
from centrala.layout import Layout
from centrala.secrets_file import load_secrets
from centrala.settings import Settings
from centrala.supervisor import ProcessSpec
from centrala.town_files import read_town
from recordings.repair import repair_folder

log = logging.getLogger(__name__)
PYTHON_SERVICES = ("agi-1", "agi-2", "console", "dispatch", "public")
IMPORTED_BEFOREHAND = (
    "centrala.command_line",
    "centrala.commands.serve",
    *("centrala.services.agi", "centrala.services.console", "centrala.services.dispatch", "centrala.services.public"),
)
DRAIN_SECONDS = 8.0
CALLERS_PATIENCE = 0.7
"""A frozen FastAGI server is heard as silence: found after 1.4 s, its callers hear the second one before three."""
PAGES_PATIENCE = 2.5
"""No caller hears a page that stands still: 5 s, so that a machine short of time kills no console for one report."""


def asterisk_program(settings: Settings, installation: AsteriskInstallation) -> AsteriskProgram:
    """Write Asterisk's configuration when it changed, and return how it is started."""
    keys = load_secrets(settings.home)
    inputs = asterisk_inputs(settings, keys, read_town(settings.municipality).town, installation)
    changed = write_configuration(inputs)
    if changed:
        log.info("Asterisk's configuration was written: %s", ", ".join(changed))
    return AsteriskProgram(installation, inputs.directories.etc)


def process_specs(settings: Settings, asterisk: AsteriskProgram) -> list[ProcessSpec]:
    """Return every process. Asterisk has no heartbeat of ours: the console's AMI ping watches it."""
    layout = Layout.of(settings)

    async def mend_recordings() -> None:
        # A killed Asterisk leaves headers that say length 0; nothing is being recorded while it is down.
        await asyncio.to_thread(repair_folder, layout.recordings / "calls" / "incoming")

    specs = [
        ProcessSpec(
            "asterisk",
            asterisk.start_argv,
            dict(asterisk.environment),
            heartbeat=False,
            stop_timeout=DRAIN_SECONDS,
            before_start=mend_recordings,
            clean_environment=True,
        )
    ]
    for name in PYTHON_SERVICES:
        program = ("centrala", "serve", name)
        specs.append(
            ProcessSpec(
                name,
                (sys.executable, "-m", *program),
                _environment(settings),
                stop_timeout=DRAIN_SECONDS,
                patience=CALLERS_PATIENCE if name.startswith("agi-") else PAGES_PATIENCE,
                fork=program,
            )
        )
    return specs


@contextmanager
def forking(settings: Settings) -> Iterator[ForkServer]:
    """Have the fork server of these processes, which imports what they need while the caller goes on."""
    server = ForkServer(IMPORTED_BEFOREHAND, Layout.of(settings).logs / "fork-server.log")
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _environment(settings: Settings) -> dict[str, str]:
    """Return what the children need to read the same settings: the folders, wherever this process got them from."""
    return {
        "CENTRALA_HOME": str(settings.home.resolve()),
        "CENTRALA_MUNICIPALITY": str(settings.municipality.resolve()),
        "PYTHONPATH": str(Path(__file__).resolve().parent.parent),
    }
