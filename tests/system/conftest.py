"""Fixtures of the system tests: a real Asterisk, and programs that stand in for a FastAGI server."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.system.asterisk_bed import AsteriskBed, running_bed
from tests.system.installation import Installation, running_installation

LONGEST_FIRST = (
    # A worker takes two files at first: the longest of these three must not be followed by another.
    *("test_story.py", "test_processes_killed.py", "test_bench.py"),
    *("test_languages_heard.py", "test_day_on_asterisk.py", "test_stores_starved.py", "test_languages_person.py"),
    "test_lost_after_steering.py",
    *("test_operators_day_for_real.py", "test_waiting_callers.py", "test_browser_phone.py", "test_agi_on_asterisk.py"),
    *("test_up.py", "test_room.py", "test_simulate.py", "test_everyone.py", "test_hold_and_transfer.py"),
    *("test_callers.py", "test_urgent_notice.py", "test_steering_at_the_desk.py"),
)
"""Files that take a minute or more: begun first, they do not keep the others waiting at the end of a parallel run."""

TINY_AGI = Path(__file__).parents[1] / "fakes" / "tiny_agi.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take longest first; everything else keeps its order."""
    places = {name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))


@pytest.fixture
def asterisk_bed() -> Iterator[AsteriskBed]:
    """A private Asterisk of its own for one test."""
    with running_bed() as bed:
        yield bed


@pytest.fixture(scope="module")
def shared_bed() -> Iterator[AsteriskBed]:
    """A private Asterisk shared by the tests of a module."""
    with running_bed() as bed:
        yield bed


@pytest.fixture
def tiny_agi() -> Iterator[Callable[[int, str], subprocess.Popen[str]]]:
    """Start `tests/fakes/tiny_agi.py` on a port with a behaviour; all are ended with the test."""
    yield from _tiny_agis()


@pytest.fixture(scope="module")
def tiny_agi_of_module() -> Iterator[Callable[[int, str], subprocess.Popen[str]]]:
    """As `tiny_agi`; all are ended with the module."""
    yield from _tiny_agis()


def _tiny_agis() -> Iterator[Callable[[int, str], subprocess.Popen[str]]]:
    started = []

    def start(port: int, behaviour: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, str(TINY_AGI), str(port), behaviour], stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ready"
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


@pytest.fixture
def installation() -> Iterator[Installation]:
    """A whole installation of its own for one test."""
    with running_installation() as running:
        yield running


@pytest.fixture(scope="module")
def shared_installation() -> Iterator[Installation]:
    """A whole installation shared by the tests of a module."""
    with running_installation() as running:
        yield running
