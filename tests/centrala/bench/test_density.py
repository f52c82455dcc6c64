from pathlib import Path

from centrala.bench.contexts import OURS, PLAIN, density_contexts
from centrala.bench.density import Density
from centrala.bench.plan import FULL, QUICK, only
from centrala.bench.results import Results

EXPECTED = Path(__file__).parents[2] / "asterisk_conf" / "expected"


def verdict(**changed):
    values = {"calls": 60, "none": (3.0,), "plain": (5.0,), "ours": (5.0,), "sealing": 14.0} | changed
    results = Results("t", {}, {}, density=Density(**values))
    return next(one for one in results.verdicts() if "MixMonitor" in one.promise)


def test_our_recorder_is_the_one_of_the_dialplan():
    text = density_contexts(Path("/rec"))
    ours = text.partition(f"exten => {OURS},1")[2]
    assert " same => n,Gosub(recorder,start,1)\n" in ours
    assert "MixMonitor(,r(" in (EXPECTED / "dialplan-recorder.conf").read_text()
    plain = text.partition(f"exten => {PLAIN},1")[2].partition("exten")[0]
    assert "MixMonitor(/rec/plain-${UNIQUEID}.wav)" in plain


def test_the_ratio_is_calls_per_processor_round_by_round():
    kept = verdict(plain=(5.0, 6.0, 5.0), ours=(5.0, 6.0, 5.2))
    assert kept.kept is True
    assert kept.found.startswith("1.00 (192 a processor")
    assert verdict(plain=(5.0,), ours=(5.4,)).kept is False


def test_what_was_not_measured_is_no_verdict():
    results = Results("t", {}, {})
    assert next(one for one in results.verdicts() if "MixMonitor" in one.promise).kept is None


def test_it_can_be_run_by_itself():
    alone = only(FULL, "density")
    assert (alone.letters, alone.density_rounds, alone.rounds, alone.pops) == ("", FULL.density_rounds, 0, 0)
    assert FULL.density_rounds >= 3
    assert only(QUICK, "density").density_rounds == 1
    assert only(FULL, "pops").density_rounds == 0
