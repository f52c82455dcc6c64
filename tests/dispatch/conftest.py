"""A dispatch on real SQLite with a radio and a telephone that follow a script."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from calls.ids import CaseNumber
from calls.ports import NotReached, SpeechError
from cases.case import CaseChannel, CaseKind, NewCase
from cases.ladder import Ladder
from cases.lifecycle import Status
from dispatch.orders import Pace
from dispatch.service import DispatchDependencies, order_worker
from dispatch.sip_types import CallEnded
from dispatch.wav_files import write_wav
from storage import case_repository, order_repository
from storage.database import Database
from storage.order_scripts import FileOrderScripts

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
CASE = CaseNumber.mint(2026, 1, 41)
SENTENCES = ("Nalog broj 2 6.", "Hitno.", "Pukla glavna cev.", "Mesto: Balkanska, broj 12.")


class ManualClock:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now

    def forward(self, **units):
        self.now += timedelta(**units)


class Speaker:
    """Makes a short silent sound of each sentence, and remembers which file says what."""

    def __init__(self, folder):
        self.folder = folder
        self.said = {}
        self.broken = False

    async def speak(self, text, language):
        if self.broken:
            raise SpeechError("espeak-ng is missing")
        stem = self.folder / f"{abs(hash((text, language))):x}"
        stem.with_name(stem.name + ".ulaw").write_bytes(b"\xff" * 160)
        self.said[stem] = text
        return stem


@dataclass
class ScriptedCall:
    """A line on which the other side presses `keys` one by one, each when it is waited for after the sounds played.

    `None` is silence, `"!"` hangs up during the next sound, `"~1"` presses 1 while the order is being spoken.
    """

    keys: list
    speaker: Speaker
    heard: list = field(default_factory=list)
    hung_up: bool = False

    async def play(self, sound: Path):
        if self.keys and self.keys[0] == "!":
            raise CallEnded("hung up")
        self.heard.append(self.speaker.said[sound.with_suffix("")])

    async def wait_for_key(self, timeout):
        if timeout > 60:  # during the speech: the reader stops waiting when the speech ends
            if self.keys and str(self.keys[0]).startswith("~"):
                return self.keys.pop(0)[1:]
            import asyncio

            await asyncio.Event().wait()
        return self.keys.pop(0) if self.keys else None

    async def hang_up(self):
        self.hung_up = True


class Radio:
    """Gives the next outcome for each call: an exception, or the keys of the other side."""

    def __init__(self, speaker):
        self.speaker = speaker
        self.script = []
        self.calls = []
        self.targets = []

    async def call(self, uri, *, answer_timeout, recording=None):
        self.targets.append(uri)
        outcome = self.script.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        if recording is not None:
            import numpy as np

            write_wav(recording, np.full(8000, 1000, dtype=np.int16))
        self.calls.append(ScriptedCall(outcome, self.speaker))
        return self.calls[-1]


class Telephone:
    """CallControl's originate, and what the AGI route would journal: by dial string."""

    def __init__(self):
        self.answers = {}
        self.rung = []
        self.refusal = NotReached("nobody answered")

    async def originate(self, *, endpoint, context, extension, variables, caller_id, timeout):
        self.rung.append((endpoint, context, extension, variables))
        if endpoint not in self.answers:
            raise self.refusal
        return f"1700000000.{len(self.rung)}"

    async def answer_of(self, uniqueid, order, number):
        return self.answers[self.rung[-1][0]]


class Bus:
    def __init__(self):
        self.events = []

    async def publish(self, event):
        self.events.append(event)


@dataclass
class Bench:
    clock: ManualClock
    database: Database
    speaker: Speaker
    radio: Radio
    telephone: Telephone
    bus: Bus
    needs: DispatchDependencies
    folder: Path

    def worker(self):
        """A fresh worker, as after a restart of the process."""
        return order_worker(self.needs, self.radio)

    async def order(self, order_id="order1"):
        async with self.database.begin() as connection:
            return await order_repository.create(
                connection,
                order_id=order_id,
                case_number=CASE,
                organisation="vodovod",
                crew="vodovod-1",
                language="sr",
                sentences=SENTENCES,
                created_by="op1",
                now=self.clock(),
                idempotency_key=order_id,
            )

    async def climb(self, rounds=12):
        """Let the worker do what is due, and the clock pass, until nothing is left to send."""
        worker = self.worker()
        for _ in range(rounds):
            await worker.records.import_kept(lambda order: False)
            for row in await worker.records.take_due(timedelta(seconds=30), 4):
                await worker.process(row)
            self.clock.forward(minutes=11)

    async def state(self, order_id="order1"):
        async with self.database.read() as connection:
            order = await order_repository.get(connection, order_id)
            tries = await order_repository.attempts(connection, order_id)
            case = await case_repository.get(connection, CASE)
            return order, tries, case


@pytest.fixture
async def bench(tmp_path):
    clock, bus, telephone = ManualClock(), Bus(), Telephone()
    (tmp_path / "said").mkdir()
    speaker = Speaker(tmp_path / "said")
    database = Database(f"sqlite:///{tmp_path}/centrala.db")
    await database.create_all()
    async with database.begin() as connection:
        await case_repository.create(
            connection,
            NewCase(
                number=CASE,
                pin_hash="x",
                kind=CaseKind.REQUEST,
                channel=CaseChannel.PHONE,
                owner="vodovod",
                created_by="op1",
                created_at=NOW,
                status=Status.ORDERED,
            ),
        )
    needs = DispatchDependencies(
        database=database,
        calls=telephone,
        speaker=speaker,
        bus=bus,
        clock=clock,
        scripts=FileOrderScripts(tmp_path / "orders"),
        telephone_answers=telephone.answer_of,
        ladder_of=lambda organisation, crew: Ladder("sip:dispatch@127.0.0.1:5080", "PJSIP/crew", "PJSIP/duty"),
        recordings=tmp_path / "recordings",
        answers=tmp_path / "answers",
        key_timeout=1,
        pace=Pace(poll=0.01),
    )
    yield Bench(clock, database, speaker, Radio(speaker), telephone, bus, needs, tmp_path)
    await database.close()
