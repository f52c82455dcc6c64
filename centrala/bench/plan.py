"""How much is measured: the full run and the quick one. Owns the numbers; no single load lasts longer than 60 s."""

from __future__ import annotations

from dataclasses import dataclass, field

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
    ramp: Ramp = field(default_factory=Ramp)
    prompt_letters: str = "acde"
    prompt_calls: int = 100
    prompt_rate: float = 10.0
    pops: int = 40


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
)
"""Within 90 s: an impression, not a result."""
