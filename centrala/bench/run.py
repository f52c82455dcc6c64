"""One run: rounds of all engines in changing order, then the probes, then the ramps. Owns the order of things.

Rounds are interleaved and each ratio is taken within its round, so that a machine that changes its pace changes it for
all. A round of engine (d) is over when its records are in the database: work put off is work all the same.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from centrala.bench import readiness
from centrala.bench.arithmetic import clean_rate
from centrala.bench.bed import Bed, Engine, running_bed
from centrala.bench.first_prompt import first_prompt_ms
from centrala.bench.load import Callers
from centrala.bench.menu import REALISTIC, SIGNALLING, Profile
from centrala.bench.plan import Plan
from centrala.bench.pop import measure_pops
from centrala.bench.processor_time import spent_ms
from centrala.bench.results import Cost, Results

_WARM_CALLS = 20
_IDLE_SHARE = 0.06
_SETTLE_SECONDS = 30.0
Say = Callable[[str], None]


def measure(plan: Plan, home: Path, runtime: Path, unfit: list[str], say: Say) -> Results:
    """Do everything of the plan in `home` (empty, short path). Raises CommandFailed when something does not work."""
    results = Results(plan.name, readiness.machine(), _versions(), unfit=unfit)
    steal = readiness.processor_line()
    with running_bed(home, runtime, plan.letters) as bed:
        results.versions["asterisk"] = bed.version
        results.engines = {letter: engine.name for letter, engine in bed.engines.items()}
        callers = Callers(bed.sip_port, home / "sipp")
        for engine in bed.engines.values():
            say(f"warming up: {engine.name}")
            _cost(bed, engine, callers, SIGNALLING, _WARM_CALLS, plan.signalling_rate / 2)
        _rounds(bed, callers, plan, SIGNALLING, results, say)
        for letter in (letter for letter in plan.prompt_letters if letter in bed.engines):
            say(f"first prompt: {bed.engines[letter].name}")
            number = bed.engines[letter].extension
            asked = first_prompt_ms(bed.sip_port, number, plan.prompt_calls, plan.prompt_rate)
            results.first_prompt[letter] = asyncio.run(asked)
            _settle(bed)
        if plan.pops and "d" in bed.engines:
            _pops(bed, plan, results, say)
        if plan.realistic_rounds:
            bed.place.make_sounds(REALISTIC)
            _rounds(bed, callers, plan, REALISTIC, results, say)
            bed.place.make_sounds(SIGNALLING)
        _ramps(bed, callers, plan, results, say)
    stolen = readiness.steal_since(steal)
    results.notes.append(f"the host took {stolen:.1%} of the processors during the run")
    if stolen > readiness.MOST_STEAL:
        results.unfit.append(f"the host took {stolen:.1%} of the processors during the run")
    return results


def _rounds(bed: Bed, callers: Callers, plan: Plan, profile: Profile, results: Results, say: Say) -> None:
    signalling = profile is SIGNALLING
    letters = [letter for letter in (plan.letters if signalling else plan.realistic_letters) if letter in bed.engines]
    for number in range(plan.rounds if signalling else plan.realistic_rounds):
        random.shuffle(letters)
        one: dict[str, Cost] = {}
        for letter in letters:
            say(f"{profile.name}, round {number + 1}: {bed.engines[letter].name}")
            calls, rate = (
                (plan.signalling_calls, plan.signalling_rate)
                if signalling
                else (plan.realistic_calls, plan.realistic_rate)
            )
            one[letter] = _cost(bed, bed.engines[letter], callers, profile, calls, rate)
        (results.signalling if signalling else results.realistic).append(dict(sorted(one.items())))


def _cost(bed: Bed, engine: Engine, callers: Callers, profile: Profile, calls: int, rate: float) -> Cost:
    before = spent_ms([bed.asterisk]), [spent_ms([pid]) for pid in engine.processes]
    counted = callers.batch(engine.extension, profile, calls, rate)
    _settle(bed)
    servers = tuple((spent_ms([pid]) - spent) / calls for pid, spent in zip(engine.processes, before[1], strict=True))
    asterisk = (spent_ms([bed.asterisk]) - before[0]) / calls
    return Cost(asterisk, servers, counted.failed, counted.retransmissions)


def _settle(bed: Bed) -> None:
    """Wait until nobody works any more, so that nothing of this engine is counted for the next one."""
    pids = [bed.asterisk, *(pid for engine in bed.engines.values() for pid in engine.processes)]
    end = time.monotonic() + _SETTLE_SECONDS
    quiet = 0
    while quiet < 2 and time.monotonic() < end:
        before = spent_ms(pids)
        time.sleep(0.3)
        quiet = quiet + 1 if spent_ms(pids) - before <= 300 * _IDLE_SHARE else 0


def _pops(bed: Bed, plan: Plan, results: Results, say: Say) -> None:
    say(f"pops in a browser: {plan.pops} calls")
    found = asyncio.run(measure_pops(bed, plan.pops))
    results.pops = [pop.ms for pop in found.pops]
    results.pops_late = sum(not pop.before_answer for pop in found.pops)
    results.pops_missing = found.missing
    results.manager_events, results.manager_bytes = found.events_per_call, found.bytes_per_call
    _settle(bed)


def _ramps(bed: Bed, callers: Callers, plan: Plan, results: Results, say: Say) -> None:
    letters = [letter for letter in plan.ramp_letters if letter in bed.engines]
    random.shuffle(letters)
    for letter in letters:
        say(f"highest clean rate: {bed.engines[letter].name}")
        results.clean_rates[letter] = clean_rate(callers.ramp(bed.engines[letter].extension, SIGNALLING, plan.ramp))
        _settle(bed)


def _versions() -> dict[str, str]:
    return {name: version(name) for name in ("uvloop", "panoramisk", "pyst2", "aiohttp", "sqlalchemy")}
