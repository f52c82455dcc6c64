"""A FastAGI server of ours as a process of its own, for tests that kill it: `agi_process.py PORT NODE HOME PROMPTS`.

Prints `ready` when it accepts calls.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from agi.dependencies import Dependencies, Town
from agi.route_table import route_table
from agi.server import AgiServer
from agi.sounds import Sounds
from calls.ids import CaseNumber
from calls.ports import CaseStatusAnswer, SpeechError
from ivr.calendar_file import load_calendar
from ivr.loader import load_flows
from storage.case_mint import LocalCaseMint
from storage.journal import Journal
from storage.order_scripts import FileOrderScripts
from storage.urgent_notice import UrgentNoticeFile

MUNICIPALITY = Path(__file__).parents[2] / "municipality"


class NoStatus:
    async def status_of(self, number: CaseNumber, pin: str) -> CaseStatusAnswer | None:
        raise ConnectionRefusedError("there is no store here")


class NoTurns:
    async def take(self, callback_id: int, linkedid: str) -> bool:
        raise ConnectionRefusedError("there is no store here")


class NoSpeaker:
    async def speak(self, text: str, language: str) -> Path:
        raise SpeechError("there is no voice here")


def now() -> datetime:
    return datetime.now(UTC)


def dependencies(node: int, home: Path, prompts: Path) -> Dependencies:
    town = Town(load_flows(MUNICIPALITY / "flows"), load_calendar(MUNICIPALITY))
    return Dependencies(
        node=node,
        clock=now,
        journal=Journal(home / "journal", node=node),
        mint=LocalCaseMint(home / "mint", node, b"k" * 32, now),
        status=NoStatus(),
        status_sentence=lambda answer, language, at: answer.status,
        sounds=Sounds(prompts, home / f"joined-{node}", NoSpeaker()),
        town=lambda: town,
        notice=UrgentNoticeFile(home / "notices", now),
        notice_pin_is_right=lambda pin: pin == "2580",
        orders=FileOrderScripts(home / "orders"),
        callback_turns=NoTurns(),
        recordings=home / "recordings",
    )


async def main(port: int, node: int, home: Path, prompts: Path) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    server = AgiServer(route_table(dependencies(node, home, prompts)), "bed-token-1")
    await server.serve("127.0.0.1", port, stop, lambda _: print("ready", flush=True))


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4])))
