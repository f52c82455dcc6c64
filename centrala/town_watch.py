"""Takes up an edited town folder without dropping a call. Owns what follows an edit; must not know what was edited.

The menu reads the folder itself. Asterisk is told to reload what changed in its configuration; the console and the
public site are started anew, which no call notices. A folder with mistakes, or with a prompt that is not made yet, is
not taken up: the log says what, where and how to mend.
"""

from __future__ import annotations

import asyncio
import logging

from asterisk_conf.installation import AsteriskInstallation
from asterisk_conf.process import AsteriskProcessError
from centrala.errors import CommandFailed, WrongUsage
from centrala.layout import Layout
from centrala.municipality_check import check
from centrala.processes import asterisk_program
from centrala.settings import Settings
from centrala.supervisor import Supervisor
from centrala.town_files import LOOK_AGAIN, stamps_of

log = logging.getLogger(__name__)
TOLD = ("console", "public")


async def watch_town(settings: Settings, installation: AsteriskInstallation, supervisor: Supervisor) -> None:
    """Watch until cancelled."""
    stamps = await asyncio.to_thread(stamps_of, settings.municipality)
    while True:
        await asyncio.sleep(LOOK_AGAIN)
        try:
            now = await asyncio.to_thread(stamps_of, settings.municipality)
            if now == stamps:
                continue
            stamps = now
            await _take_up(settings, installation, supervisor)
        except (OSError, AsteriskProcessError, CommandFailed, WrongUsage) as error:
            log.error("the edited town folder was not taken up: %s", error)


async def _take_up(settings: Settings, installation: AsteriskInstallation, supervisor: Supervisor) -> None:
    problems = await asyncio.to_thread(check, settings.municipality, Layout.of(settings).prompts)
    if problems:
        for problem in problems:
            log.error("the edited town folder is not taken up: %s", problem)
        return
    program = await asyncio.to_thread(asterisk_program, settings, installation)
    await program.reload()
    for name in TOLD:
        supervisor.restart(name)
    log.info("the edited town folder was taken up")
