"""What a run found, and whether it is good enough: the numbers that were promised, and the verdicts. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

from centrala.bench.arithmetic import Spread, percentile, ratios
from centrala.bench.density import Density

if TYPE_CHECKING:
    from centrala.bench.busy_pops import BusyPops
    from centrala.bench.fan_out import FanOut

BASE = "a"


@dataclass(frozen=True, slots=True)
class Cost:
    """One engine in one round: processor time per call (ms) of Asterisk and of each process of the engine."""

    asterisk: float
    servers: tuple[float, ...]
    failed: int = 0
    retransmissions: int = 0

    @property
    def total(self) -> float:
        """All of it."""
        return self.asterisk + sum(self.servers)


Round = Mapping[str, Cost]
"""Engine's letter → its cost in this round."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One promise: what was promised, what came out. `kept` None: it was not measured."""

    promise: str
    found: str
    kept: bool | None


@dataclass(slots=True)
class Results:
    """Everything that was measured; what is missing was not."""

    plan: str
    machine: dict[str, str]
    versions: dict[str, str]
    engines: dict[str, str] = field(default_factory=dict)
    signalling: list[Round] = field(default_factory=list)
    realistic: list[Round] = field(default_factory=list)
    clean_rates: dict[str, list[float]] = field(default_factory=dict)
    """Calls per second, one of each ramp."""
    first_prompt: dict[str, list[float]] = field(default_factory=dict)
    pops: list[float] = field(default_factory=list)
    pops_late: int = 0
    pops_missing: int = 0
    busy_pops: BusyPops | None = None
    fan_out: dict[str, FanOut] = field(default_factory=dict)
    density: Density | None = None
    manager_events: float | None = None
    manager_bytes: float | None = None
    unfit: list[str] = field(default_factory=list)
    """Why the machine was not fit to measure on; empty: it was."""
    notes: list[str] = field(default_factory=list)

    def ratio(self, rounds: Sequence[Round], engine: str) -> Spread | None:
        """Return the engine's cost over the pure dialplan's, of neighbouring runs in which no call failed."""
        whole = [{letter: cost.total for letter, cost in one.items() if not cost.failed} for one in rounds]
        found = ratios(whole, engine, BASE)
        return Spread.of(found) if found else None

    def verdicts(self) -> list[Verdict]:
        """Return every promise with what became of it."""
        return [
            self._codec(),
            self._full(),
            self._clean("c"),
            self._clean("d"),
            self._pop(),
            self._pop_first(),
            self._manager(),
            self._busy_pop(),
            self._fan_out(),
            self._density(),
        ]

    def _codec(self) -> Verdict:
        promise = "codec and engine ≤ 1.75 x pure dialplan, signalling menu (wanted 1.5)"
        ratio = self.ratio(self.signalling, "c")
        return Verdict(promise, f"{ratio.median:.2f}" if ratio else "-", ratio.median <= 1.75 if ratio else None)

    def _full(self) -> Verdict:
        promise = "Centrala in full < panoramisk, signalling menu"
        full, peer = self.ratio(self.signalling, "d"), self.ratio(self.signalling, "e")
        if not full or not peer:
            return Verdict(promise, "-", None)
        return Verdict(promise, f"{full.median:.2f} against {peer.median:.2f}", full.median < peer.median)

    def _clean(self, engine: str) -> Verdict:
        promise = f"clean rate of {self.engines.get(engine, engine)} ≥ 0.6 x pure dialplan (wanted 0.75)"
        base = median(self.clean_rates.get(BASE, [0.0]))
        if not base or engine not in self.clean_rates:
            return Verdict(promise, "-", None)
        rate = median(self.clean_rates[engine])
        share = rate / base
        return Verdict(promise, f"{rate:.0f}/s, {share:.2f} x", share >= 0.6)

    def _pop(self) -> Verdict:
        promise = "ring to pop p99 ≤ 100 ms (wanted 25)"
        if not self.pops:
            return Verdict(promise, "-", None)
        p99 = percentile(self.pops, 0.99)
        return Verdict(promise, f"{p99:.1f} ms", p99 <= 100)

    def _pop_first(self) -> Verdict:
        promise = "the pop is there before the operator answers, always"
        if not self.pops:
            return Verdict(promise, "-", None)
        bad = self.pops_late + self.pops_missing
        return Verdict(promise, f"{len(self.pops) + self.pops_missing} calls, {bad} not", bad == 0)

    def _manager(self) -> Verdict:
        promise = "AMI ≤ 10 events and ≤ 3 kB per queue call"
        if self.manager_events is None or self.manager_bytes is None:
            return Verdict(promise, "-", None)
        found = f"{self.manager_events:.1f} events, {self.manager_bytes:.0f} bytes"
        return Verdict(promise, found, self.manager_events <= 10 and self.manager_bytes <= 3000)

    def _busy_pop(self) -> Verdict:
        found = self.busy_pops
        if found is None or not found.ms:
            return Verdict("ring to pop with 200 pages at 10 calls/s, p99 ≤ 100 ms (wanted 25)", "-", None)
        promise = f"ring to pop with {found.pages} pages at {found.rate:.0f} calls/s, p99 ≤ 100 ms (wanted 25)"
        p99 = percentile(found.ms, 0.99)
        wrong = f"{found.late} late, {found.missing} missing, {found.failed} reached nobody"
        told = f"{p99:.1f} ms, {len(found.ms)} calls, {wrong}"
        return Verdict(promise, told, p99 <= 100 and not (found.late or found.missing or found.failed))

    def _fan_out(self) -> Verdict:
        promise = "one event to 2000 pages, p99 ≤ 150 ms (wanted 50)"
        ours, bare = self.fan_out.get("console"), self.fan_out.get("bare broadcast loop")
        if ours is None or not ours.ms:
            return Verdict(promise, "-", None)
        p99 = percentile(ours.ms, 0.99)
        beside = f", bare loop {percentile(bare.ms, 0.99):.1f}" if bare and bare.ms else ""
        told = f"{p99:.1f} ms{beside}, {ours.lost} lost"
        return Verdict(promise, told, p99 <= 150 and not ours.lost)

    def _density(self) -> Verdict:
        promise = "recorded calls per processor ≥ 0.95 x plain MixMonitor (wanted 1.0)"
        if self.density is None:
            return Verdict(promise, "-", None)
        ratio, found = Spread.of(self.density.ratios), self.density
        ours = Spread.of(found.ours).median
        told = (
            f"{ratio.median:.2f} ({1000 / ours:.0f} a processor, {found.calls} measured; sealing them afterwards takes "
        )
        return Verdict(promise, f"{told}{found.sealing:.1f} ms a second)", ratio.median >= 0.95)

    def as_json(self) -> dict[str, Any]:
        """Return everything, raw figures and sums, ready for `json.dumps`."""
        return {
            **asdict(self),
            "ratios": {
                name: {letter: _plain(self.ratio(rounds, letter)) for letter in self.engines}
                for name, rounds in (("signalling", self.signalling), ("realistic", self.realistic))
            },
            "verdicts": [asdict(verdict) for verdict in self.verdicts()],
        }


def _plain(spread: Spread | None) -> dict[str, float] | None:
    return asdict(spread) if spread else None
