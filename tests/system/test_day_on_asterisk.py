"""A small day over real Asterisk, as `centrala drill --day` lives a large one: every figure of the reports is true."""

import pytest

from centrala.drill.day import live_a_day
from centrala.drill.day_effort import DayEffort
from centrala.drill.day_table import as_markdown
from tests.system.asterisk_bed import CHECKOUT_HOME

pytestmark = [pytest.mark.system, pytest.mark.timeout(400)]


async def test_every_figure_is_what_callers_and_operators_saw():
    effort = DayEffort(calls=40, operators=9, rate=1.2, seed=1, faults=["agi-2 killed"], meeting=16.0, browsers=1)
    result = await live_a_day(CHECKOUT_HOME, effort, print)
    print(as_markdown(result))
    assert {call.fate for call in result.truth.calls} >= {None, "answered", "abandoned", "short", "message", "callback"}
    assert sum(ring.refused for ring in result.rings) > 0
    assert sum(ring.passed for ring in result.rings) > 0
    assert result.refreshed > 0
    assert len(result.compared) > 100
    assert result.findings == []
