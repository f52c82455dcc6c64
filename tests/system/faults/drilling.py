"""What the fault tests share: a drill's installation and its database."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from centrala.drill.cell import Effort, Result, run_cell
from centrala.drill.faults import Fault
from centrala.drill.site import Site, running_site
from storage.database import Database
from tests.system.asterisk_bed import CHECKOUT_HOME

LIGHT = Effort(rate=1.5, listeners=3)
FOR_GOOD = 20.0
"""Seconds of silence after which a caller was left alone. How short it is in truth is measured by `centrala drill`, on
a machine that does nothing else; a test must not fail because its machine was busy."""


def wrong(result: Result) -> list[str]:
    """Return what a fault must never do: lose, double, leave out, or leave a caller in silence for good."""
    verdict = result.verdict
    found = [finding for finding in verdict.findings if finding not in verdict.dead_air]
    return found + (list(verdict.dead_air) if verdict.longest > FOR_GOOD else [])


@asynccontextmanager
async def drilled(extra: Mapping[str, str] | None = None) -> AsyncIterator[tuple[Site, Database]]:
    """Give an installation to be broken, and its database."""
    async with running_site(CHECKOUT_HOME, extra) as site:
        database = Database(site.settings.database_url)
        try:
            yield site, database
        finally:
            await database.close()


async def drill(
    site: Site, database: Database, fault: Fault, cell: int, times: int = 1, effort: Effort = LIGHT
) -> Result:
    """Do the fault under a light load and say what was found."""
    result = await run_cell(site, database, fault, cell, times, effort, random.Random(cell))  # noqa: S311 - moments, not secrets
    print(f"{fault.name}: {result.verdict.calls} calls, {result.verdict.cases} cases, back after {result.recoveries}")
    print("\n".join(result.verdict.findings))
    assert result.verdict.calls > 20, "there was a load"
    assert result.verdict.cases > 0, "and callers who left messages"
    return result
