"""Databases for the storage tests: SQLite for every run, a private PostgreSQL cluster for the system run."""

import os
import shutil
import subprocess
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from calls.ids import CaseNumber
from cases.case import CaseChannel, CaseKind, NewCase
from storage.database import Database
from storage.identity_store import IdentityStore, open_identity_database
from tests.free_ports import free_port_block
from tests.sqlite_copies import migrated_database

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


class ManualClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now=NOW):
        self.now = now

    def __call__(self):
        return self.now

    def forward(self, **units):
        self.now += timedelta(**units)


@pytest.fixture
def clock():
    return ManualClock()


def _postgres_program(name):
    found = shutil.which(name) or next((str(path) for path in Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), None)
    assert found, f"{name} is missing: install the package postgresql"
    return found


@pytest.fixture(scope="session")
def postgresql_url():
    """Start a private cluster (PostgreSQL refuses root, so root runs it as the user postgres)."""
    # Not in pytest's own folder: other runs tidy that up, and only root may enter it.
    folder = Path(tempfile.mkdtemp(prefix="centrala-postgresql-"))
    as_user = []
    if os.geteuid() == 0:
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        shutil.chown(folder, "postgres")
    port = free_port_block()
    data = folder / "data"
    initdb = [*as_user, _postgres_program("initdb"), "-D", data, "-U", "centrala", "-A", "trust", "-E", "UTF8"]
    subprocess.run([*initdb, "--locale=C", "--no-sync"], check=True, capture_output=True, cwd="/")
    control = [*as_user, _postgres_program("pg_ctl"), "-D", data, "-w", "-l", folder / "log"]
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    subprocess.run([*control, "-o", options, "start"], check=True, capture_output=True, cwd="/")
    yield f"postgresql://centrala@127.0.0.1:{port}/postgres"
    subprocess.run([*control, "-m", "immediate", "stop"], check=True, capture_output=True, cwd="/")
    shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.system)])
async def database(request, tmp_path):
    """Give an empty, migrated main database of each kind."""
    if request.param == "sqlite":
        opened = await migrated_database(tmp_path)
    else:
        opened = Database(request.getfixturevalue("postgresql_url"))
        async with opened.begin() as connection:
            await connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            await connection.exec_driver_sql("CREATE SCHEMA public")
        await opened.migrate()
    yield opened
    await opened.close()


@pytest.fixture
async def identity(tmp_path, clock):
    opened = open_identity_database(f"sqlite:///{tmp_path}/identity.db")
    store = IdentityStore(opened, b"k" * 32, clock)
    await store.prepare()
    yield store
    await opened.close()


def new_case(sequence=1, **changes):
    values = {
        "number": CaseNumber.mint(2026, 1, sequence),
        "pin_hash": "0" * 64,
        "kind": CaseKind.REQUEST,
        "channel": CaseChannel.PHONE,
        "owner": "vodovod",
        "organisation": "vodovod",
        "created_by": "2003",
        "created_at": NOW,
        "due_at": NOW + timedelta(hours=24),
        "service_code": "burst_main",
        "description": "Voda na kolovozu",
        "street": "Šumadijska",
        "house_number": "12",
    }
    return NewCase(**values | changes)


@pytest.fixture(name="new_case")
def _new_case():
    return new_case


@pytest.fixture(name="now")
def _now():
    return NOW
