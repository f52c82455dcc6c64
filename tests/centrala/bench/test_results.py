import json

from rich.console import Console

from centrala.bench.busy_pops import BusyPops
from centrala.bench.fan_out import FanOut
from centrala.bench.report import report
from centrala.bench.results import Cost, Results


def results(**changes) -> Results:
    made = Results("quick", {"processor": "some"}, {"uvloop": "1"}, engines={"a": "pure dialplan", "c": "codec"})
    made.engines |= {"d": "in full", "e": "panoramisk"}
    made.signalling = [
        {"a": Cost(4.0, ()), "c": Cost(4.0, (2.0,)), "d": Cost(4.0, (2.0, 1.0)), "e": Cost(5.0, (1.0,), failed=1)},
        {"a": Cost(2.0, ()), "c": Cost(2.5, (0.5,)), "d": Cost(3.0, (0.5, 0.5)), "e": Cost(4.0, (1.0,))},
    ]
    made.clean_rates = {"a": [200.0, 240.0, 100.0], "c": [160.0, 20.0, 180.0], "d": [110.0, 400.0, 20.0]}
    made.first_prompt = {"a": [4.0, 5.0]}
    made.pops = [3.0, 9.0]
    made.manager_events, made.manager_bytes = 3.0, 2050.0
    made.busy_pops = BusyPops(200, 10.0, [4.0, 90.0], late=0, missing=0, failed=0)
    made.fan_out = {"console": FanOut(2000, [20.0, 149.0]), "bare broadcast loop": FanOut(2000, [60.0])}
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def verdicts(made: Results) -> list[bool | None]:
    return [verdict.kept for verdict in made.verdicts()]


def test_every_promise_has_its_verdict():
    assert verdicts(results()) == [True, True, True, False, True, True, True, True, True, None]


def test_what_was_not_measured_is_neither_kept_nor_missed():
    empty = Results("quick", {}, {})
    assert verdicts(empty) == [None] * 10


def test_a_pop_that_is_late_or_missing_breaks_a_promise():
    assert verdicts(results(pops_late=1))[5] is False
    assert verdicts(results(pops_missing=1))[5] is False
    assert verdicts(results(pops=[3.0, 140.0]))[4] is False


def test_pops_among_many_pages_and_fan_out_have_their_bounds():
    assert verdicts(results(busy_pops=BusyPops(200, 10.0, [101.0], late=0, missing=0, failed=0)))[7] is False
    assert verdicts(results(busy_pops=BusyPops(200, 10.0, [9.0], late=1, missing=0, failed=0)))[7] is False
    assert verdicts(results(busy_pops=BusyPops(200, 10.0, [9.0], late=0, missing=1, failed=0)))[7] is False
    assert verdicts(results(busy_pops=BusyPops(200, 10.0, [9.0], late=0, missing=0, failed=1)))[7] is False
    assert verdicts(results(fan_out={"console": FanOut(2000, [151.0])}))[8] is False
    assert verdicts(results(fan_out={"console": FanOut(2000, [9.0], lost=1)}))[8] is False


def test_the_table_shows_ratios_failures_and_unfitness():
    console = Console(width=160, record=True, file=open("/dev/null", "w"))  # noqa: SIM115 - never read
    console.print(report(results(unfit=["load of the last minute is 9.00"])))
    text = console.export_text()
    assert "Not fit for comparison" in text
    row = next(line for line in text.splitlines() if "panoramisk" in line and "ms" not in line)
    assert "2.50 (2.50-2.50)" in row, "the round in which a call failed does not count"
    assert "1.50 (1.50-1.50)" in text
    assert "missed" in text


def test_the_figures_survive_json():
    figures = json.loads(json.dumps(results().as_json()))
    assert figures["ratios"]["signalling"]["c"]["median"] == 1.5
    assert figures["ratios"]["realistic"]["c"] is None
    assert figures["verdicts"][3]["kept"] is False
