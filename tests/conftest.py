"""What holds for every test."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from storage.database import Database

# How long an example or its making takes says how busy the machine is, not whether the product is right.
settings.register_profile("centrala", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("centrala")

ROOT = Path(__file__).parents[1]


@pytest.fixture
async def database(tmp_path):
    """An empty main database, in SQLite (those of `tests/storage` are in PostgreSQL, too)."""
    opened = Database(f"sqlite:///{tmp_path}/centrala.db")
    await opened.create_all()
    yield opened
    await opened.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a system test where `./test` does not look for one: it would never run."""
    named = re.search(r"^system_folders=\((.+)\)$", (ROOT / "test").read_text(), re.MULTILINE)
    assert named is not None
    folders = [ROOT / folder for folder in named.group(1).split()]
    for item in items:
        if item.get_closest_marker("system") and not any(item.path.is_relative_to(folder) for folder in folders):
            raise pytest.UsageError(f"{item.path}: system tests lie in {named.group(1)} (or name the folder in ./test)")
