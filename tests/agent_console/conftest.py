"""A whole console on SQLite in a temporary folder, with a PBX that does what it is told."""

import contextlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from agent_console.app import build_app
from agent_console.dependencies import ConsoleDependencies
from agent_console.live_socket import HUB
from agent_console.operators.observer import GRACE_AT_START
from agent_console.operators.routes import OBSERVER, ROSTER
from agent_console.passwords import hash_password, token_hash
from agent_console.town_view import TargetView, town_view
from calls.events import Event
from calls.ports import CallControlError, PbxSnapshot
from cases.intake import Intake
from cases.town_loader import load_town
from recordings.month_keys import MonthKeys
from storage.bus import LocalBus
from storage.case_mint import LocalCaseMint
from storage.database import DatabaseDown
from storage.identity_store import IdentityStore, open_identity_database
from storage.user_repository import User, add_user
from tests.agent_console.desk_day import CALL
from tests.sqlite_copies import created_database

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
PASSWORD = "tajna-lozinka"
TOWN = load_town(Path(__file__).parents[2] / "municipality")
PASSWORD_HASH = hash_password(PASSWORD)


class ManualClock:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now

    def forward(self, **units):
        self.now += timedelta(**units)


class Rules:
    def intake(self, service_code, at):
        service = TOWN.service(service_code)
        hours = service.hours if service else 48
        return Intake(TOWN.responsible_for(service_code).id, at + timedelta(hours=hours))


@dataclass
class ObedientPbx:
    """Remembers what it was told; `refuse` makes it refuse everything with that text."""

    done: list = field(default_factory=list)
    refuse: str = ""
    now: PbxSnapshot = field(default_factory=lambda: PbxSnapshot(NOW, (), (), ()))

    def _do(self, *what):
        if self.refuse:
            raise CallControlError(self.refuse)
        self.done.append(what)

    async def add_member(self, queue, extension, *, paused, reason=""):
        self._do("add", queue, extension, paused, reason)

    async def remove_member(self, queue, extension):
        self._do("remove", queue, extension)

    async def pause_member(self, extension, *, paused, reason=""):
        self._do("pause", extension, paused, reason)

    async def set_penalty(self, queue, extension, penalty):
        self._do("penalty", queue, extension, penalty)

    async def originate(self, **wanted):
        self._do("originate", wanted)
        return "1.1"

    async def set_variable(self, channel, name, value):
        self._do("set_variable", channel, name, value)

    async def hang_up(self, linkedid):
        self._do("hang_up", linkedid)

    async def pause_recording(self, linkedid, *, paused):
        self._do("pause_recording", linkedid, paused)

    async def snapshot(self):
        self._do("snapshot")
        return self.now


class ObedientConversations:
    """Steers calls of the PBX above: remembers there, refuses there."""

    def __init__(self, pbx):
        self._pbx = pbx

    def __getattr__(self, name):
        async def do(linkedid, *given, **options):
            self._pbx._do(name, linkedid, *(getattr(one, "word", one) for one in given))
            return "PJSIP/2001-00000001"

        return do


class Console:
    """What a test holds: the client, the parts behind it, and tokens by user name."""

    def __init__(self, client, app, deps, bus):
        self.client, self.app, self.deps, self.bus = client, app, deps, bus
        self.pbx, self.clock = deps.call_control, deps.clock

    def app_board(self):
        return self.app[HUB].board

    async def ask(self, method, path, user="ana", key=None, **options):
        headers = {"Authorization": f"Bearer token-of-{user}"} if user else {}
        headers |= options.pop("headers", {})
        if key:
            headers["Idempotency-Key"] = key
        return await self.client.request(method, path, headers=headers, allow_redirects=False, **options)

    async def json(self, method, path, status=200, **options):
        response = await self.ask(method, path, **options)
        text = await response.text()
        assert response.status == status, text
        return await response.json(content_type=None)

    async def sign_in(self, username="ana"):
        """Sign the client's cookie jar in and return the form token."""
        response = await self.client.post(
            "/login", data={"username": username, "password": PASSWORD}, allow_redirects=False
        )
        assert response.status == 303, await response.text()
        page = await (await self.client.get("/console/board")).text()
        self.csrf = page.split('name="csrf" content="')[1].split('"')[0]
        return self.csrf


PEOPLE = (
    ("ana", "operator", "2001"),
    ("boris", "operator", "2002"),
    ("vera", "supervisor", None),
    ("admin", "administrator", None),
    ("vodovod", "utility", None),
    ("ekipa", "crew", None),
)


async def add_people(database):
    async with database.begin() as connection:
        for name, role, extension in PEOPLE:
            user = User(name, role, name.title(), extension, None, True, NOW)
            await add_user(connection, user, password_hash=PASSWORD_HASH, token_hash=token_hash(f"token-of-{name}"))


@pytest.fixture
async def console(tmp_path):
    database = await created_database(tmp_path)
    await add_people(database)
    clock, bus = ManualClock(), LocalBus()
    identity_database = open_identity_database(f"sqlite:///{tmp_path}/identity.db")
    identity = IdentityStore(identity_database, b"k" * 32, clock)
    await identity.prepare()
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    pbx = ObedientPbx()
    deps = ConsoleDependencies(
        database=database,
        identity=identity,
        bus=bus,
        call_control=pbx,
        conversations=ObedientConversations(pbx),
        case_mint=LocalCaseMint(tmp_path, 3, b"p" * 32, clock),
        town=town_view(TOWN, Rules(), outside=(TargetView("organisation-vodovod", "Vodovod"),)),
        clock=clock,
        recordings_dir=recordings,
        recording_keys=MonthKeys(tmp_path / "recording-keys", b"m" * 32),
        photos_dir=tmp_path / "photos",
        session_key="s" * 32,
    )
    app = build_app(deps)
    async with TestClient(TestServer(app)) as client:
        yield Console(client, app, deps, bus)
    await database.close()
    await identity_database.close()


@pytest.fixture
def database_down(console, monkeypatch):
    """Return a function after which the main database does not answer."""

    def cut():
        @contextlib.asynccontextmanager
        async def down():
            raise DatabaseDown("cut by the test")
            yield

        monkeypatch.setattr(console.deps.database, "begin", down)
        monkeypatch.setattr(console.deps.database, "read", down)

    return cut


@pytest.fixture
async def day(console):
    """The console with a helper that publishes a PBX event and lets the server take it in."""
    console.clock.forward(seconds=GRACE_AT_START.total_seconds())
    observer = console.app[OBSERVER]

    async def happens(kind=None, seconds=0, **data):
        console.clock.forward(seconds=seconds)
        if kind is not None:
            event = Event(kind, console.clock(), {"linkedid": CALL, "operator": "2001", "queue": "operators"} | data)
            console.app[HUB].take(event)
        await observer.settle()
        return console.app[ROSTER].desk("2001")

    console.happens = happens
    return console
