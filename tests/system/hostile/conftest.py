"""One installation for all attacks: what one attack breaks, the next test sees."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest

from tests.free_ports import free_port_block
from tests.system.installation import Installation, running_installation
from tests.system.sipp import SippRun, start_sipp

Sipp = Callable[..., SippRun]


@pytest.fixture(scope="package")
def attacked() -> Iterator[Installation]:
    """A whole installation that must end with the processes it began with."""
    with running_installation() as running:
        before = {name: row["pid"] for name, row in running.processes().items()}
        yield running
        after = {name: row["pid"] for name, row in running.processes().items()}
        assert after == before, "an attack ended a process"


@pytest.fixture
def sipp(attacked, tmp_path) -> Iterator[Sipp]:
    """Start a SIPp scenario against the installation; all are ended with the test."""
    runs: list[SippRun] = []

    def start(scenario: str, rows: Sequence[Sequence[str]], **options: object) -> SippRun:
        settings: dict[str, object] = {
            "target": attacked.sip,
            "folder": tmp_path / f"sipp-{len(runs)}",
            "local_port": free_port_block(),
            "media_port": free_port_block(1000),
            "name": f"{scenario}-{len(runs)}",
            **options,
        }
        runs.append(start_sipp(scenario, rows, **settings))  # type: ignore[arg-type]
        return runs[-1]

    yield start
    for run in runs:
        run.stop()


def logs(running: Installation) -> str:
    """Return what our own processes logged."""
    return "".join(path.read_text(errors="replace") for path in sorted((running.home / "log").glob("*.log")))
