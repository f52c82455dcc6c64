"""Callers by SIPp: a batch at a steady rate, or a ramp. Owns SIPp's command line and the reading of what it counted."""

from __future__ import annotations

import csv
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from centrala.bench.arithmetic import RampSecond
from centrala.bench.menu import Profile
from centrala.bench.place import MOST_CALLS, free_ports
from centrala.errors import CommandFailed
from centrala.settings import CHECKOUT

_SCENARIO = CHECKOUT / "sipp_scenarios" / "uac_bench.xml"
_LONGEST_RUN = 60.0
_AFTER_TROUBLE = 1.5


@dataclass(frozen=True, slots=True)
class Calls:
    """What SIPp counted. `complaint`: the end of what it said when not all went well."""

    succeeded: int
    failed: int
    retransmissions: int
    complaint: str = ""


@dataclass(frozen=True, slots=True)
class Ramp:
    """A rising rate: `first` calls per second, `step` more each `step_seconds`, up to `most`."""

    first: int = 20
    step: int = 20
    step_seconds: int = 2
    most: int = 400


class Callers:
    """Calls `extension`s of the Asterisk at `sip_port` as one profile says; files go to `folder`."""

    def __init__(self, sip_port: int, folder: Path) -> None:
        self._sip_port = sip_port
        self._folder = folder
        self._runs = 0
        folder.mkdir(parents=True, exist_ok=True)

    def batch(self, extension: str, profile: Profile, calls: int, rate: float) -> Calls:
        """Place that many calls at that rate and return when all are over. Raises CommandFailed."""
        sipp = self._start(extension, profile, ["-m", str(calls), "-r", str(rate)])
        try:
            sipp.process.wait(min(calls / rate, _LONGEST_RUN) + profile.call_seconds + profile.patience_ms / 1000 + 10)
        except subprocess.TimeoutExpired:
            sipp.kill()
        return sipp.totals()

    def ramp(self, extension: str, profile: Profile, ramp: Ramp) -> list[RampSecond]:
        """Raise the rate until something goes wrong or the ramp ends; return the statistics second by second."""
        sipp = self._start(
            extension,
            profile,
            [
                *("-r", str(ramp.first), "-rate_increase", str(ramp.step)),
                *("-rate_interval", f"{ramp.step_seconds}s", "-rate_max", str(ramp.most)),
            ],
        )
        end = time.monotonic() + _LONGEST_RUN
        troubled: float | None = None
        while sipp.process.poll() is None and time.monotonic() < end:
            time.sleep(0.2)
            if troubled is None and any(second.failed or second.retransmissions for second in sipp.seconds()):
                troubled = time.monotonic()
            if troubled is not None and time.monotonic() - troubled > _AFTER_TROUBLE:
                break
        sipp.finish(profile.call_seconds + profile.patience_ms / 1000 + 2)
        return sipp.seconds()

    def _start(self, extension: str, profile: Profile, how: Sequence[str]) -> _Sipp:
        program = shutil.which("sipp")
        if program is None:
            raise CommandFailed("sipp is missing: apt-get install sip-tester")
        self._runs += 1
        stem = self._folder / f"{self._runs:03d}-{profile.name}-{extension}"
        gaps = f"{profile.first_key_ms};{profile.choice_ms};{profile.digit_ms};"
        table = stem.with_suffix(".csv")
        table.write_text("SEQUENTIAL\n" + "".join(f"06412{number:05d};{gaps}\n" for number in range(1000)))
        local, media = free_ports(2)
        argv = [program, "-sf", str(_SCENARIO), "-inf", str(table), "-s", extension, "-l", str(MOST_CALLS), *how]
        argv += ["-i", "127.0.0.1", "-p", str(local), "-mp", str(media), "-recv_timeout", str(profile.patience_ms)]
        argv += ["-trace_err", "-error_file", f"{stem}.errors", "-trace_stat", "-stf", f"{stem}.stat", "-fd", "1"]
        argv += ["-nostdin", f"127.0.0.1:{self._sip_port}"]
        with stem.with_suffix(".out").open("wb") as output:
            process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output)  # noqa: S603 - ours
        return _Sipp(process, stem)


@dataclass(frozen=True, slots=True)
class _Sipp:
    process: subprocess.Popen[bytes]
    stem: Path

    def rows(self) -> list[dict[str, str]]:
        try:
            with open(f"{self.stem}.stat") as file:
                return [row for row in csv.DictReader(file, delimiter=";") if row.get("Retransmissions(C)")]
        except FileNotFoundError:
            return []

    def seconds(self) -> list[RampSecond]:
        return [
            RampSecond(float(row["TargetRate"]), int(row["FailedCall(P)"]), int(row["Retransmissions(P)"]))
            for row in self.rows()
        ]

    def totals(self) -> Calls:
        rows = self.rows()
        if not rows:
            raise CommandFailed(f"SIPp counted nothing: {self._said('.out')}")
        last = rows[-1]
        failed = int(last["FailedCall(C)"])
        return Calls(
            int(last["SuccessfulCall(C)"]),
            failed,
            int(last["Retransmissions(C)"]),
            self._said(".errors") if failed else "",
        )

    def finish(self, patience: float) -> None:
        """Start no more calls, let the running ones end, then end SIPp."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGUSR1)
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def _said(self, suffix: str) -> str:
        try:
            return Path(f"{self.stem}{suffix}").read_text(errors="replace")[-500:].strip()
        except FileNotFoundError:
            return ""
