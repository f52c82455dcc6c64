"""A real run of the benchmark, small: that it works and ends everything, not how fast anything is."""

import json
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from centrala.bench.plan import QUICK
from centrala.bench.run import measure
from centrala.settings import CHECKOUT
from tests.system.installation import processes_of

pytestmark = [pytest.mark.system, pytest.mark.alone, pytest.mark.timeout(180)]


def test_two_engines_are_measured_and_nothing_is_left_running():
    with tempfile.TemporaryDirectory(prefix="cb-") as folder:
        home = Path(folder)
        plan = replace(QUICK, letters="ad", signalling_calls=8, signalling_rate=4.0, prompt_calls=3, pops=2)
        plan = replace(plan, pages=5, busy_calls=6, listeners=8, fan_out_events=2)
        plan = replace(plan, density_rounds=1, density_calls=4, density_window=1.0)
        results = measure(plan, home, CHECKOUT / "var", ["a test"], print)
        assert processes_of(home) == []
    assert set(results.signalling[0]) == {"a", "d"}
    assert [cost.failed for cost in results.signalling[0].values()] == [0, 0]
    assert all(cost.asterisk > 0 for cost in results.signalling[0].values())
    assert [len(values) for values in results.first_prompt.values()] == [3, 3]
    assert (len(results.pops), results.pops_missing, results.pops_late) == (2, 0, 0)
    assert results.manager_events == 5
    assert results.busy_pops is not None
    assert (len(results.busy_pops.ms), results.busy_pops.missing) == (6, 0)
    assert {name: (len(found.ms), found.lost) for name, found in results.fan_out.items()} == {
        "console": (16, 0),
        "bare broadcast loop": (16, 0),
    }
    assert results.density is not None
    assert len(results.density.ratios) == 1
    assert min(*results.density.none, *results.density.ours, results.density.sealing) > 0
    # What else made the machine unfit, a host that took the processor for instance, stands behind it.
    assert json.loads(json.dumps(results.as_json()))["unfit"][0] == "a test"
