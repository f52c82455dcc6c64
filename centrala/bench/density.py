"""How many recorded calls a processor carries: our recording beside plain MixMonitor, both at the same time.

Owns the measuring. A call sends speech and hears it back (Echo), so both sides carry sound; the
processor time of Asterisk is read over a stretch in which all calls are up and none begins or ends. Two of the same
Asterisk carry as many calls each, one recorded in our way and one in the plain, and change places: what else the
machine does meanwhile meets both. Sealing comes after a call, in a process of its own: what it costs is measured apart
and told beside, not hidden in the ratio.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import time
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from centrala.bench.bed import Bed
from centrala.bench.contexts import NONE, OURS, PLAIN
from centrala.bench.place import free_ports
from centrala.bench.processor_time import spent_ms
from centrala.errors import CommandFailed
from centrala.settings import CHECKOUT
from recordings.month_keys import MonthKeys
from recordings.sealing import SealJob, seal_job

_SCENARIO: Final = CHECKOUT / "sipp_scenarios" / "uac_hangup_in_menu.xml"
_RATE: Final = 20
_SETTLE: Final = 2.0
_SEALED_SECONDS: Final = 30


@dataclass(frozen=True, slots=True)
class Density:
    """Asterisk's processor time per call and second (ms), round by round. `calls`: on each of the two Asterisks."""

    calls: int
    none: tuple[float, ...]
    plain: tuple[float, ...]
    ours: tuple[float, ...]
    sealing: float
    """Processor time of sealing per recorded second (ms), after the call, at low priority."""

    @property
    def ratios(self) -> tuple[float, ...]:
        """Calls per processor of ours over those of plain MixMonitor, by round."""
        return tuple(plain / ours for plain, ours in zip(self.plain, self.ours, strict=True))


def measure_density(beds: tuple[Bed, Bed], folder: Path, *, rounds: int, calls: int, window: float) -> Density:
    """Measure `window` seconds with `calls` on each bed, three times a round. Raises CommandFailed."""
    found: dict[str, list[float]] = {NONE: [], PLAIN: [], OURS: []}
    for number in range(rounds):
        costs: dict[str, list[float]] = {NONE: [], PLAIN: [], OURS: []}
        for turn in ((PLAIN, OURS), (OURS, PLAIN), (NONE, NONE)):
            place = folder / f"{number}-{'-'.join(turn)}"
            for extension, cost in zip(turn, _costs(beds, place, turn, calls, window), strict=True):
                costs[extension].append(cost)
        for extension, both in costs.items():
            found[extension].append(sum(both) / len(both))
    none, plain, ours = (tuple(found[extension]) for extension in (NONE, PLAIN, OURS))
    return Density(calls, none, plain, ours, _sealing(folder / "sealing"))


def _costs(beds: tuple[Bed, Bed], folder: Path, turn: tuple[str, str], calls: int, window: float) -> list[float]:
    """Return what a call and second cost on each bed (ms), while the other had its calls up, too."""
    ramp = calls / _RATE
    stays = ramp + _SETTLE + window + 2
    with contextlib.ExitStack() as stack:
        callers = [
            stack.enter_context(_calling(bed, folder / str(number), extension, calls, stays))
            for number, (bed, extension) in enumerate(zip(beds, turn, strict=True))
        ]
        time.sleep(ramp + _SETTLE)  # what is measured is a stretch of time: nothing to wait for but the clock
        began, before = time.monotonic(), [spent_ms([bed.asterisk]) for bed in beds]
        time.sleep(window)
        spent = [spent_ms([bed.asterisk]) - past for bed, past in zip(beds, before, strict=True)]
        lasted = time.monotonic() - began
        for sipp in callers:
            sipp.wait_clean(stays + 30)
    return [each / (calls * lasted) for each in spent]


@dataclass(frozen=True, slots=True)
class _Caller:
    """A SIPp with its folder and whom it calls."""

    process: subprocess.Popen[bytes]
    folder: Path
    extension: str

    def wait_clean(self, seconds: float) -> None:
        """Wait until all calls are over. Raises CommandFailed when they are not, or one failed."""
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise CommandFailed(f"SIPp did not come to its end: {self._said()}") from None
        if code:
            raise CommandFailed(f"calls to {self.extension} failed: {self._said()}")

    def _said(self) -> str:
        return (self.folder / "sipp.out").read_text(errors="replace")[-400:].strip()


@contextlib.contextmanager
def _calling(bed: Bed, folder: Path, extension: str, calls: int, stays: float) -> Iterator[_Caller]:
    """Call `extension` of the bed `calls` times, for `stays` seconds each."""
    program = shutil.which("sipp")
    if program is None:
        raise CommandFailed("sipp is missing: apt-get install sip-tester")
    folder.mkdir(parents=True)
    (folder / "speech.ulaw").write_bytes(bytes(0x90 if (at // 8) % 2 else 0x10 for at in range(8000)))
    rows = "".join(f"06413{number:05d};{int(1000 * stays)}\n" for number in range(calls))
    (folder / "calls.csv").write_text("SEQUENTIAL\n" + rows)
    local, media = free_ports(2)
    argv = [program, "-sf", str(_SCENARIO), "-inf", "calls.csv", "-s", extension, "-m", str(calls), "-r", str(_RATE)]
    argv += ["-l", str(calls), "-i", "127.0.0.1", "-p", str(local), "-mp", str(media), "-nostdin"]
    argv.append(f"127.0.0.1:{bed.sip_port}")
    with (folder / "sipp.out").open("wb") as output:
        sipp = subprocess.Popen(argv, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output)  # noqa: S603 - ours
    try:
        yield _Caller(sipp, folder, extension)
    finally:
        sipp.kill()
        sipp.wait()


def _sealing(folder: Path) -> float:
    """Return what sealing a conversation costs per second of it (ms): speech-like noise on both sides, by turns."""
    folder.mkdir(parents=True)
    rate = 8000
    at = np.arange(rate * _SEALED_SECONDS) / rate
    voice = sum(np.sin(2 * np.pi * 140 * harmonic * at) / harmonic for harmonic in range(1, 10)) * 4000
    sources = []
    for name, turn in (("caller", 0.0), ("system", np.pi)):
        samples = (voice * (np.sin(2 * np.pi * 0.2 * at + turn) > 0)).astype("<i2")
        path = folder / f"{name}.wav"
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, rate, 0, "NONE", ""))
            file.writeframes(samples.tobytes())
        sources.append(path)
    now = datetime.now(UTC)
    job = SealJob("1.0", now, tuple(sources), folder / "1.0.sealed")
    began = time.process_time()
    seal_job(job, MonthKeys(folder / "keys", bytes(32)), now)
    return 1000 * (time.process_time() - began) / _SEALED_SECONDS
