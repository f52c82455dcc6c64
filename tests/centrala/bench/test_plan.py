"""A part of the run alone: nothing else is left in the plan."""

from centrala.bench.plan import FULL, PARTS, only


def measured(part: str) -> set[str]:
    plan = only(FULL, part)
    found = {
        "costs": plan.rounds and plan.realistic_rounds,
        "prompts": plan.prompt_letters,
        "pops": plan.pops,
        "live": plan.busy_calls and plan.fan_out_events,
        "ramps": plan.ramp_letters,
        "density": plan.density_rounds,
    }
    return {name for name, there in found.items() if there}


def test_each_part_measures_itself_only():
    assert {part: measured(part) for part in PARTS} == {part: {part} for part in PARTS}


def test_the_whole_run_has_every_part_within_its_bounds():
    assert FULL.busy_calls / FULL.busy_rate <= 60
    assert FULL.pops
    assert FULL.listeners == 2000
