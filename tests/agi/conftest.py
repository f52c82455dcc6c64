"""A FastAGI server with the sample town's flows, made-up sounds and stores that can be broken."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvloop

from agi.dependencies import Dependencies, Town
from agi.phone import Deadlines
from agi.route_table import route_table
from agi.server import AgiServer, ServerLimits
from agi.sounds import Sounds
from calls.ids import CaseNumber
from calls.journal_entries import EntryKind, JournalEntry
from calls.ports import CaseStatusAnswer, SpeechError
from ivr.loader import Flows, load_flows
from ivr.schedule import Calendar
from storage.case_mint import LocalCaseMint
from storage.journal import Journal
from storage.journal_reader import JournalReader
from storage.order_scripts import FileOrderScripts
from storage.urgent_notice import UrgentNoticeFile
from tests.fakes.fake_asterisk import TOKEN

MUNICIPALITY = Path(__file__).parents[2] / "municipality"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ALWAYS = {day: ["00:00-24:00"] for day in DAYS}
LANGUAGES = ("sr", "en", "hu", "sk", "ro")


def pytest_asyncio_loop_factories(config, item):
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture(scope="session")
def flows() -> Flows:
    return load_flows(MUNICIPALITY / "flows")


@pytest.fixture(scope="session")
def library(tmp_path_factory) -> Path:
    """Every prompt of the sample town as a short sound."""
    folder = tmp_path_factory.mktemp("prompts")
    for language in LANGUAGES:
        (folder / language).mkdir()
        text = (MUNICIPALITY / "prompts" / f"prompts.{language}.yaml").read_text()
        names = re.findall(r"^([a-z][\w.]*):", text, re.MULTILINE)
        names += [f"digits.{digit}" for digit in range(10)]
        for name in names:
            for extension in (".ulaw", ".alaw"):
                (folder / language / f"{name}{extension}").write_bytes(name.encode() * 20)
    return folder


@dataclass
class FakeSpeaker:
    folder: Path
    broken: bool = False

    async def speak(self, text: str, language: str) -> Path:
        if self.broken:
            raise SpeechError("no voice")
        path = self.folder / f"said-{abs(hash((text, language)))}"
        path.with_suffix(".ulaw").write_bytes(text.encode() * 10)
        return path


@dataclass
class FakeStatus:
    known: dict[tuple[str, str], CaseStatusAnswer] = field(default_factory=dict)
    failure: Exception | None = None
    hangs: bool = False

    async def status_of(self, number: CaseNumber, pin: str) -> CaseStatusAnswer | None:
        if self.hangs:
            await asyncio.Event().wait()
        if self.failure is not None:
            raise self.failure
        return self.known.get((number.digits, pin))


@dataclass
class Switchboard:
    """A server's stores, and a way to run it."""

    home: Path
    needs: Dependencies
    status: FakeStatus
    speaker: FakeSpeaker

    @asynccontextmanager
    async def running(self, limits: ServerLimits | None = None, **changes: object) -> AsyncIterator[int]:
        """Serve on a free port; yield the port."""
        routes = route_table(replace(self.needs, **changes))
        async with serving(AgiServer(routes, TOKEN, limits)) as port:
            yield port

    def facts(self, kind: EntryKind | None = None) -> list[JournalEntry]:
        """Return what is on the disk, of all nodes."""
        reader = JournalReader(self.home / "journal")
        entries = [entry for segment in reader.segments() for entry in reader.read(segment, 0, 10_000)[0]]
        return [entry for entry in entries if kind is None or entry.kind is kind]


@asynccontextmanager
async def serving(server: AgiServer) -> AsyncIterator[int]:
    """Run a server while the block runs; a call that is left is cut."""
    stop = asyncio.Event()
    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    async with asyncio.TaskGroup() as group:
        group.create_task(server.serve("127.0.0.1", 0, stop, port.set_result))
        try:
            yield await port
        finally:
            stop.set()


class FakeTurns:
    """The lock, as far as a route sees it (the real one: tests/storage/test_callbacks.py)."""

    def __init__(self) -> None:
        self.mine = True
        self.broken = False
        self.asked: list[tuple[int, str]] = []

    async def take(self, callback_id: int, linkedid: str) -> bool:
        if self.broken:
            raise OSError("database down")
        self.asked.append((callback_id, linkedid))
        return self.mine


MakeSwitchboard = Callable[..., Switchboard]


@pytest.fixture
def make_switchboard(tmp_path, library, flows):
    opened: list[Journal] = []

    def make(node: int = 1) -> Switchboard:
        clock = lambda: NOW  # noqa: E731
        calendar = Calendar.model_validate(
            {
                "time_zone": "Europe/Belgrade",
                "schedules": {
                    name: {"days": ALWAYS, "on_holidays": ["00:00-24:00"]}
                    for name in re.findall(r"^  (\w+):", (MUNICIPALITY / "calendar.yaml").read_text(), re.MULTILINE)
                },
            }
        )
        journal = Journal(tmp_path / "journal", node=node)
        opened.append(journal)
        status, speaker = FakeStatus(), FakeSpeaker(tmp_path)
        town = Town(flows, calendar)
        needs = Dependencies(
            node=node,
            clock=clock,
            journal=journal,
            mint=LocalCaseMint(tmp_path / "mint", node, b"k" * 32, clock),
            status=status,
            status_sentence=lambda answer, language, now: f"{answer.status} {language}",
            sounds=Sounds(library, tmp_path / f"joined-{node}", speaker),
            town=lambda: town,
            notice=UrgentNoticeFile(tmp_path / "notices", clock),
            notice_pin_is_right=lambda pin: pin == "2580",
            orders=FileOrderScripts(tmp_path / "orders"),
            callback_turns=FakeTurns(),
            recordings=tmp_path / "recordings",
            lookup_time=0.2,
            deadlines=Deadlines(),
        )
        return Switchboard(tmp_path, needs, status, speaker)

    yield make
    for journal in opened:
        journal.close()


@pytest.fixture
def switchboard(make_switchboard) -> Switchboard:
    return make_switchboard()
