"""How much is measured: the full run, the quick one, or a part. Owns the numbers; no load lasts longer than 60 s."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from centrala.bench.bed import ALL
from centrala.bench.load import Ramp


@dataclass(frozen=True, slots=True)
class Plan:
    """`letters`: engines; `rate`: calls per second; counts are calls per engine and round."""

    name: str
    letters: str = ALL
    rounds: int = 4
    signalling_calls: int = 200
    signalling_rate: float = 40.0
    realistic_letters: str = "acde"
    realistic_rounds: int = 3
    realistic_calls: int = 60
    realistic_rate: float = 12.0
    ramp_letters: str = "acd"
    ramp_rounds: int = 3
    ramp: Ramp = field(default_factory=Ramp)
    prompt_letters: str = "acde"
    prompt_calls: int = 100
    prompt_rate: float = 10.0
    pops: int = 40
    pages: int = 200
    busy_calls: int = 300
    busy_rate: float = 10.0
    listeners: int = 2000
    fan_out_events: int = 30
    density_rounds: int = 5
    density_calls: int = 100
    density_window: float = 12.0


FULL = Plan("full")
QUICK = Plan(
    "quick",
    rounds=1,
    signalling_calls=60,
    signalling_rate=30.0,
    realistic_rounds=0,
    ramp_letters="",
    prompt_letters="ad",
    prompt_calls=20,
    pops=6,
    busy_calls=0,
    fan_out_events=0,
    density_rounds=0,
)
"""Within 90 s: an impression, not a result."""
PARTS = ("costs", "prompts", "pops", "live", "ramps", "density")
"""What `--only` may name."""


def only(plan: Plan, part: str) -> Plan:
    """Return the plan cut down to one of PARTS, with the engines that the part needs."""
    costs = part == "costs"
    return replace(
        plan,
        name=f"{plan.name}, {part} only",
        letters="d" if part in ("pops", "live") else "" if part == "density" else plan.letters,
        rounds=plan.rounds if costs else 0,
        realistic_rounds=plan.realistic_rounds if costs else 0,
        ramp_letters=plan.ramp_letters if part == "ramps" else "",
        prompt_letters=plan.prompt_letters if part == "prompts" else "",
        pops=plan.pops if part == "pops" else 0,
        busy_calls=plan.busy_calls if part == "live" else 0,
        fan_out_events=plan.fan_out_events if part == "live" else 0,
        density_rounds=(plan.density_rounds or 1) if part == "density" else 0,
    )
