"""Every process killed or frozen, every link cut, under a light load: nothing lost, doubled, unaccounted for or silent.

`centrala drill --kills 20` does the same for longer, fault by fault; docs/faults.md holds its table.
"""

import asyncio
import time

import pytest

from centrala.drill.faults import FAULTS, breaks_lines, in_turn
from tests.system.faults.drilling import drill, drilled, wrong

pytestmark = [pytest.mark.system, pytest.mark.alone, pytest.mark.timeout(600)]
ON_DUTY = "2001"


async def members(site) -> list[str]:
    told = await site.exchange("queue show operators")
    return [line.split("PJSIP/")[1][:4] for line in told.splitlines() if "PJSIP/" in line]


async def test_nothing_is_lost_whatever_dies():
    async with drilled() as (site, database):
        await asyncio.to_thread(site.api, "PUT", "/api/v1/operators/me/state", ON_DUTY, {"state": "ready"})
        assert await members(site) == [ON_DUTY]

        survivors = [fault for fault in FAULTS if fault.row and not breaks_lines(fault)]
        assert {fault.row for fault in survivors} >= {1, 2, 3, 4, 5, 6, 7, 9}
        around = await drill(site, database, in_turn(survivors, rest=2.0), 0)
        assert wrong(around) == []

        (exchange,) = [fault for fault in FAULTS if breaks_lines(fault)]
        killed = await drill(site, database, exchange, 1)
        assert wrong(killed) == []
        end = time.monotonic() + 15
        while await members(site) != [ON_DUTY]:
            assert time.monotonic() < end, "an operator who was on duty is so again"
            await asyncio.sleep(0.2)
