"""A small day over real Asterisk, as `centrala drill --day` lives a large one: every figure about calls is true.

What a desk did (rings, wrap-ups, times) is compared, too, and printed, not asserted: on a busy machine the console
may hear of a ring too late to write it down (docs/simulated-day.md), and a test must not fail because of that.
"""

import pytest

from centrala.drill.day import live_a_day
from centrala.drill.day_effort import DayEffort
from centrala.drill.day_table import as_markdown
from tests.system.asterisk_bed import CHECKOUT_HOME

pytestmark = [pytest.mark.system, pytest.mark.timeout(400)]


def of_a_desk(name):
    return name.endswith((" rings", " rings_not_taken", " time", "wrapup_time", "_wrapup")) or name.startswith(
        "wrap-up"
    )


async def test_every_figure_about_calls_is_what_callers_and_operators_saw():
    effort = DayEffort(calls=40, operators=9, rate=1.2, seed=1, faults=["agi-2 killed"], meeting=16.0, browsers=1)
    result = await live_a_day(CHECKOUT_HOME, effort, print)
    print(as_markdown(result))
    assert {call.fate for call in result.truth.calls} >= {None, "answered", "abandoned", "short", "message", "callback"}
    assert sum(ring.refused for ring in result.rings) > 0
    assert sum(ring.passed for ring in result.rings) > 0
    assert result.refreshed > 0
    of_calls = [one for one in result.compared if not of_a_desk(one.name)]
    assert len(of_calls) > 50
    assert [str(one) for one in of_calls if not one.agrees] == []
    assert [one for one in result.strange if "was not asked" not in one] == []
    assert result.verdict.findings == ()
