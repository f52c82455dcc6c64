"""Engine (c): our codec, server, driver and flow engine, with a journal that writes nothing and a mint in memory.

What it costs more than the floor is what the menu itself costs; what engine (d) costs more is the price of its facts.
`codec_server.py PORT TOWN PROMPTS JOINED`; the token comes in the environment.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import uvloop
from typing_extensions import override

from agi.dependencies import Dependencies
from agi.route_table import route_table
from agi.server import AgiServer
from agi.sounds import Sounds
from calls.ids import CaseNumber, LinkedId
from calls.journal_entries import JournalEntry
from calls.ports import JournalWriter, SentenceSpeaker
from centrala.databases import now
from centrala.town_files import TownFiles
from ivr.context import UrgentNotice

TOKEN_VARIABLE = "CENTRALA_BENCH_TOKEN"  # noqa: S105 - the variable's name


class NoJournal(JournalWriter):
    """Takes everything, keeps nothing."""

    @override
    async def append(self, *entries: JournalEntry) -> None:
        return

    @override
    def entries_of(self, linkedid: LinkedId) -> Sequence[JournalEntry]:
        return ()


class CountingMint:
    """Numbers from one on; nothing survives."""

    def __init__(self) -> None:
        self._last = 0

    def new_case(self) -> tuple[CaseNumber, str, str]:
        """Return the next number."""
        self._last = self._last % 9999 + 1
        return CaseNumber.mint(2026, 1, self._last), "0000", ""

    def pin_of(self, number: CaseNumber) -> str:
        """Return the only PIN there is."""
        return "0000"


class NoNotice:
    """No urgent notice is ever on."""

    def current(self) -> UrgentNotice | None:
        """Return None."""
        return None


async def serve(port: int, town: Path, prompts: Path, joined: Path) -> None:
    """Serve until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    files = TownFiles(town)
    absent = cast("Any", None)  # ports that no node of the bench menu reaches
    needs = Dependencies(
        node=1,
        clock=now,
        journal=NoJournal(),
        mint=CountingMint(),
        status=absent,
        status_sentence=absent,
        sounds=Sounds(prompts, joined, cast("SentenceSpeaker", absent), digit_gap=0.0),
        town=lambda: files.current().menu,
        notice=cast("Any", NoNotice()),
        notice_pin_is_right=absent,
        orders=absent,
        callback_turns=absent,
        recordings=joined,
    )
    await AgiServer(route_table(needs), os.environ[TOKEN_VARIABLE]).serve("127.0.0.1", port, stop)


if __name__ == "__main__":
    logging.basicConfig(level="WARNING")
    uvloop.run(serve(int(sys.argv[1]), *(Path(argument) for argument in sys.argv[2:5])))
