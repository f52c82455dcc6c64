"""The database frozen while the recordings' disk is full, under a light load: calls go on, cases are made."""

import asyncio
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from centrala.drill.cell import Effort
from centrala.drill.faults import Fault
from centrala.drill.oracle import Allowance
from storage.tables import alarms, recordings
from tests.system.faults.drilling import drill, drilled, wrong
from tests.system.faults.postgresql import running_cluster

pytestmark = [pytest.mark.system, pytest.mark.timeout(360)]
OUTAGE = 10.0
FILLING = Effort(rate=4.0, listeners=3)
"""Enough to fill the small disk while the database is frozen."""


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A disk that is soon full, mounted on `folder`."""
    folder.mkdir()
    assert os.geteuid() == 0, "mounting a small disk needs root"
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def make_room(folder: Path, megabytes: int) -> None:
    """Do what an administrator does about the alarm."""
    subprocess.run(["mount", "-o", f"remount,size={megabytes}m", folder], check=True)


async def test_a_frozen_postgresql_and_a_full_disk_cost_the_caller_nothing(tmp_path):
    async def freeze(scene) -> float:
        cluster.freeze()
        try:
            await asyncio.sleep(OUTAGE)
        finally:
            cluster.thaw()
        await asyncio.to_thread(make_room, folder, 200)  # until then nothing can be sealed, and nothing is lost
        began = time.monotonic()
        while not await asyncio.to_thread(site.is_ready, site.settings.console.bind):
            await asyncio.sleep(0.1)
        return time.monotonic() - began

    with running_cluster() as cluster, small_disk(tmp_path / "recordings", 4) as folder:
        extra = {"DATABASE__URL": cluster.url, "RECORDINGS__DIRECTORY": str(folder)}
        async with drilled(extra) as (site, database):
            allowed = Allowance(cut_off=True, none=True)
            fault = Fault("disk full, PostgreSQL frozen for 10 s", 18, freeze, rest=8.0, allowed=allowed)
            result = await drill(site, database, fault, 0, effort=FILLING)
            async with database.read() as connection:
                wanted = select(recordings.c.id).where(recordings.c.state.in_(("partial", "missing")))
                flagged = (await connection.execute(wanted)).all()
                raised = {row.id for row in await connection.execute(select(alarms.c.id))}
    assert wrong(result) == []
    assert flagged, "a recording that was cut off is flagged"
    assert "disk_low" in raised
