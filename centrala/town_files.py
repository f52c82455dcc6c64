"""The town's folder as processes use it: read at start and after a change; the last good state is kept.

Owns when the folder is read; what stands in it belongs to `cases.town_loader`, `ivr.loader` and `ivr.calendar_file`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agi.dependencies import Town as MenuTown
from calls.problems import FileProblemsError
from cases.town import Town
from cases.town_loader import load_town
from ivr.calendar_file import load_calendar
from ivr.loader import load_flows
from ivr.notice_file import load_notices

log = logging.getLogger(__name__)
LOOK_AGAIN = 2.0


@dataclass(frozen=True, slots=True)
class WholeTown:
    """The town and its menu, read together so that they fit each other."""

    town: Town
    menu: MenuTown


def read_town(directory: Path) -> WholeTown:
    """Read everything. Raises FileProblemsError with file, line and mend."""
    town = load_town(directory)
    menu = MenuTown(
        flows=load_flows(directory / "flows"),
        calendar=load_calendar(directory),
        notices=load_notices(directory),
        default_language=town.default_language,
        default_queue=town.queue,
        queues=town.all_queues,
        callback=town.callback,
        country_code=town.country_code,
    )
    return WholeTown(town, menu)


class TownFiles:
    """The town now. A changed file is taken up within seconds, without dropping a call; a wrong one is not."""

    def __init__(self, directory: Path, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Read the folder. Raises FileProblemsError."""
        self._directory = directory
        self._monotonic = monotonic
        self._stamp = stamps_of(directory)
        self._looked = monotonic()
        self._current = read_town(directory)

    def current(self) -> WholeTown:
        """Return the town; looks at the folder at most every two seconds."""
        if self._monotonic() - self._looked >= LOOK_AGAIN:
            self._looked = self._monotonic()
            self._look()
        return self._current

    def _look(self) -> None:
        stamp = stamps_of(self._directory)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._current = read_town(self._directory)
            log.info("%s was read again", self._directory)
        except FileProblemsError as error:
            log.error("the town's folder has mistakes and is not taken up: %s", error)


def stamps_of(directory: Path) -> tuple[tuple[str, int], ...]:
    """Return every file of the folder with its time of change: equal as long as nobody edits it."""
    files = [*directory.glob("*.*"), *(directory / "flows").glob("*.yaml"), *(directory / "prompts").glob("*.yaml")]
    return tuple(sorted((str(path), path.stat().st_mtime_ns) for path in files if path.is_file()))
