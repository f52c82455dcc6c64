"""The board's figures of today are the report's: the same functions over the same rows, the town's own target."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert

from agent_console.dependencies import DEPENDENCIES
from storage.tables import calls
from tests.agent_console.conftest import NOW
from tests.agent_console.test_pages import page


async def called(console, number, *, waited, answered):
    at = NOW - timedelta(minutes=number)
    end = at + timedelta(seconds=waited)
    row = {"linkedid": f"1.{number}", "direction": "inbound", "arrived_at": at, "queued_at": at, "synthetic": False}
    row |= {"caller_kind": "withheld", "queue": "operators", "ended_at": end + timedelta(seconds=30 * answered)}
    row |= {"operator_answered_at": end if answered else None}
    row |= {"outcome": "operator" if answered else "abandoned_queue"}
    async with console.deps.database.begin() as connection:
        await connection.execute(insert(calls).values(row))


@pytest.mark.parametrize(("target", "levels"), [(20.0, ("50", "40")), (45.0, ("75", "60"))])
async def test_page_and_report_agree(console, target, levels):
    rules = replace(console.deps.report_rules, target_seconds=target)
    object.__setattr__(console.app[DEPENDENCIES], "report_rules", rules)
    for number, (waited, answered) in enumerate(
        ((5, True), (10, True), (40, True), (90, True), (60, False), (2, False))
    ):
        await called(console, number + 1, waited=waited, answered=answered)
    day = str(NOW.date())
    report = await console.json("GET", f"/api/v1/reports/calls?from={day}&until={day}", user="vera")
    figures = {one["name"]: one["value"] for one in report["figures"]}
    board = await page(console, "/console/board/live", user="vera")
    shown = re.search(r'id="service-level".*?</div>', board, re.DOTALL)[0]
    assert tuple(re.findall(r"(\d+) %", shown)) == levels
    assert levels == tuple(f"{figures[name] * 100:.0f}" for name in ("level_of_answered", "level_of_offered"))
    assert f"{target:.0f}" in re.search(r'<p class="quiet">(.*?)</p>', shown)[1]
    assert f"{figures['arrived']}<small> / {figures['answered']}</small>" in board
    assert (figures["arrived"], figures["answered"]) == (6, 4)
