"""One run: rounds of all engines in changing order, then the probes, then the ramps. Owns the order of things.

Rounds are interleaved and each ratio is taken within its round, so that a machine that changes its pace changes it for
all. A round of engine (d) is over when its records are in the database: work put off is work all the same.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from centrala.bench import readiness
from centrala.bench.arithmetic import clean_rate
from centrala.bench.bed import Bed, Engine, running_bed
from centrala.bench.busy_pops import measure_busy_pops
from centrala.bench.density import measure_density
from centrala.bench.fan_out import FanOut, broadcasts, measure_fan_out, operator_changes
from centrala.bench.first_prompt import first_prompt_ms
from centrala.bench.load import Callers
from centrala.bench.menu import REALISTIC, SIGNALLING, Profile
from centrala.bench.meter import Meter
from centrala.bench.plan import Plan
from centrala.bench.pop import measure_pops
from centrala.bench.results import Cost, Results
from centrala.town_files import read_town

_WARM_CALLS = 10
Say = Callable[[str], None]


def measure(plan: Plan, home: Path, runtime: Path, unfit: list[str], say: Say) -> Results:
    """Do everything of the plan in `home` (empty, short path). Raises CommandFailed when something does not work."""
    results = Results(plan.name, readiness.machine(), _versions(), unfit=unfit)
    steal = readiness.processor_line()
    if plan.density_rounds:  # on beds of their own: nobody else works on what these calls leave
        homes = (home / "density", home / "beside")
        for each in homes:
            each.mkdir()
        with running_bed(homes[0], runtime, "") as bed, running_bed(homes[1], runtime, "") as beside:
            results.versions["asterisk"] = bed.version
            say(f"recorded calls at once, {plan.density_rounds} rounds of three")
            results.density = measure_density(
                (bed, beside),
                home / "recorded",
                rounds=plan.density_rounds,
                calls=plan.density_calls,
                window=plan.density_window,
            )
        if not plan.letters:
            return _with_steal(results, steal)
    with running_bed(home, runtime, plan.letters) as bed:
        results.versions["asterisk"] = bed.version
        results.engines = {letter: engine.name for letter, engine in bed.engines.items()}
        callers = Callers(bed.sip_port, home / "sipp")
        say("warming up")
        for engine in bed.engines.values():
            callers.batch(engine.extension, SIGNALLING, _WARM_CALLS, plan.signalling_rate / 2)
        meter = Meter([bed.asterisk, *(pid for engine in bed.engines.values() for pid in engine.processes)])
        results.notes.append(_idle(bed, meter))
        run = _Run(bed, callers, meter, plan, results, say)
        run.rounds(SIGNALLING)
        run.first_prompts()
        run.pops()
        run.live()
        run.rounds(REALISTIC)
        run.ramps()
    return _with_steal(results, steal)


def _with_steal(results: Results, steal: str) -> Results:
    stolen = readiness.steal_since(steal)
    results.notes.append(f"The host took {stolen:.1%} of the processors during the run.")
    if stolen > readiness.MOST_STEAL:
        results.unfit.append(f"the host took {stolen:.1%} of the processors during the run")
    return results


@dataclass(frozen=True, slots=True)
class _Run:
    bed: Bed
    callers: Callers
    meter: Meter
    plan: Plan
    results: Results
    say: Say

    def rounds(self, profile: Profile) -> None:
        plan = self.plan
        if profile is SIGNALLING:
            rounds, calls, rate, wanted = plan.rounds, plan.signalling_calls, plan.signalling_rate, plan.letters
            kept = self.results.signalling
        else:
            rounds, calls, rate = plan.realistic_rounds, plan.realistic_calls, plan.realistic_rate
            wanted, kept = plan.realistic_letters, self.results.realistic
        self.bed.place.make_sounds(profile)
        letters = self._running(wanted)
        for number in range(rounds):
            random.shuffle(letters)
            one: dict[str, Cost] = {}
            for letter in letters:
                self.say(f"{profile.name}, round {number + 1}: {self.bed.engines[letter].name}")
                one[letter] = self._cost(self.bed.engines[letter], profile, calls, rate)
            kept.append(dict(sorted(one.items())))

    def first_prompts(self) -> None:
        for letter in self._running(self.plan.prompt_letters):
            engine = self.bed.engines[letter]
            self.say(f"first prompt: {engine.name}")
            asked = first_prompt_ms(self.bed.sip_port, engine.extension, self.plan.prompt_calls, self.plan.prompt_rate)
            self.results.first_prompt[letter] = asyncio.run(asked)
            self.meter.settle()

    def pops(self) -> None:
        if not self.plan.pops or "d" not in self.bed.engines:
            return
        self.say(f"pops in a browser: {self.plan.pops} calls")
        found = asyncio.run(measure_pops(self.bed, self.plan.pops))
        results = self.results
        results.pops = [pop.ms for pop in found.pops]
        results.pops_late = sum(not pop.before_answer for pop in found.pops)
        results.pops_missing = found.missing
        results.manager_events, results.manager_bytes = found.events_per_call, found.bytes_per_call
        self.meter.settle()

    def live(self) -> None:
        """Many pages at once: pops among them, and one event to all of them."""
        plan, results = self.plan, self.results
        if "d" not in self.bed.engines:
            return
        if plan.busy_calls:
            self.say(f"pops with {plan.pages} pages live: {plan.busy_calls} calls")
            asked = measure_busy_pops(self.bed, pages=plan.pages, rate=plan.busy_rate, calls=plan.busy_calls)
            results.busy_pops = asyncio.run(asked)
            self.meter.settle()
        if plan.fan_out_events:
            for name in ("bare broadcast loop", "console"):
                self.say(f"one event to {plan.listeners} pages: {name}")
                results.fan_out[name] = asyncio.run(self._fan_out(name))

    async def _fan_out(self, name: str) -> FanOut:
        listeners, events = self.plan.listeners, self.plan.fan_out_events
        if name == "console":
            address = f"http://{self.bed.place.settings.console.bind}"
            tokens = [token for role, _, token in self.bed.place.accounts() if role == "operator"]
            rules = read_town(self.bed.place.settings.municipality).town.desk
            cause = operator_changes(address, tokens[0], rules.pause_reasons[0].id)
            everybody = [tokens[index % len(tokens)] for index in range(listeners)]
            return await measure_fan_out(f"{address}/api/v1/live", everybody, cause, events)
        with self.bed.bare_broadcast() as address:
            return await measure_fan_out(f"{address}/live", [""] * listeners, broadcasts(address), events)

    def ramps(self) -> None:
        self.bed.place.make_sounds(SIGNALLING)
        letters = self._running(self.plan.ramp_letters)
        for number in range(1, self.plan.ramp_rounds + 1):  # one packet late ends a ramp: one ramp alone says little
            random.shuffle(letters)
            for letter in letters:
                engine = self.bed.engines[letter]
                self.say(f"highest clean rate, round {number}: {engine.name}")
                seconds = self.callers.ramp(engine.extension, SIGNALLING, self.plan.ramp)
                self.results.clean_rates.setdefault(letter, []).append(clean_rate(seconds))
                self.meter.settle()

    def _running(self, wanted: str) -> list[str]:
        return [letter for letter in wanted if letter in self.bed.engines]

    def _cost(self, engine: Engine, profile: Profile, calls: int, rate: float) -> Cost:
        reading = self.meter.start()
        counted = self.callers.batch(engine.extension, profile, calls, rate)
        self.meter.settle()
        servers = tuple(reading.spent(pid) / calls for pid in engine.processes)
        return Cost(reading.spent(self.bed.asterisk) / calls, servers, counted.failed, counted.retransmissions)


def _idle(bed: Bed, meter: Meter) -> str:
    console = bed.engines["d"].processes[-1:] if "d" in bed.engines else ()
    told = f"Idle, taken off everywhere: Asterisk {meter.idle[bed.asterisk]:.0f} ms of processor time per second"
    return told + "".join(f", console {meter.idle[pid]:.0f}" for pid in console) + "."


def _versions() -> dict[str, str]:
    return {name: version(name) for name in ("uvloop", "panoramisk", "pyst2", "aiohttp", "sqlalchemy")}
