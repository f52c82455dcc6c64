"""Every process killed or frozen, every link cut, under a light load: nothing lost, doubled, unaccounted for or silent.

`centrala drill --kills 20` does the same for longer, fault by fault; docs/faults.md holds its table.
"""

import pytest

from centrala.drill.faults import FAULTS, in_turn
from tests.system.faults.drilling import drill, drilled

pytestmark = [pytest.mark.system, pytest.mark.timeout(330)]


def rows(*wanted):
    return [fault for fault in FAULTS if fault.row in wanted]


@pytest.fixture(scope="module")
def event_loop_policy():
    import asyncio

    return asyncio.DefaultEventLoopPolicy()


async def test_nothing_is_lost_whatever_dies():
    async with drilled() as (site, database):
        menu = await drill(site, database, in_turn(rows(1, 2, 3, 4, 5)), 0)
        assert menu.verdict.findings == ()
        keeping = await drill(site, database, in_turn(rows(6, 7, 9, 10)), 1)
        assert keeping.verdict.findings == ()
        exchange = await drill(site, database, rows(14)[0], 2)
        assert exchange.verdict.findings == ()
        assert await members(site) == ["2001"], "an operator who was on duty is so again"


async def members(site):
    told = await site.exchange("queue show operators")
    return [line.split("/")[1][:4] for line in told.splitlines() if "PJSIP/" in line]
