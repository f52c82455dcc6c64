"""A true dispatch process for tests that kill it: real SIP and SQLite; tones stand for speech, no telephone answers.

`python tests/fakes/dispatch_process.py FOLDER GATEWAY_URI`; prints `ready` when the worker runs.
"""

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cases.ladder
from calls.ports import CallControlError
from centrala.simulate.tones import write_tone
from dispatch.orders import Pace
from dispatch.service import DispatchDependencies, run_dispatch
from storage.database import Database
from storage.order_scripts import FileOrderScripts


class ToneSpeaker:
    def __init__(self, folder):
        self.folder = folder

    async def speak(self, text, language):
        return write_tone(self.folder, hertz=300 + len(text) * 10, seconds=0.5).with_suffix("")


class NoTelephone:
    async def originate(self, **_):
        raise CallControlError("there is no telephone here")


class NoBus:
    async def publish(self, event):
        pass


async def no_answer(uniqueid, order, number):
    return None


async def main(folder, gateway):
    cases.ladder.PAUSE = timedelta(seconds=0.5)
    (folder / "said").mkdir(exist_ok=True)
    needs = DispatchDependencies(
        database=Database(f"sqlite:///{folder}/centrala.db"),
        calls=NoTelephone(),
        speaker=ToneSpeaker(folder / "said"),
        bus=NoBus(),
        clock=lambda: datetime.now(UTC),
        scripts=FileOrderScripts(folder / "orders"),
        telephone_answers=no_answer,
        ladder_of=lambda organisation, crew: cases.ladder.Ladder(gateway),
        recordings=folder / "recordings",
        answers=folder / "answers",
        answer_timeout=3,
        key_timeout=2,
        pace=Pace(poll=0.1, lease=2),
    )
    print("ready", flush=True)
    await run_dispatch(needs)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
