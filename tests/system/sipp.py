"""Runs SIPp scenarios from sipp_scenarios/ and reads what SIPp counted. A missing sipp is an error, never a skip."""

from __future__ import annotations

import csv
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SCENARIOS = Path(__file__).parents[2] / "sipp_scenarios"


@dataclass(frozen=True)
class SippResult:
    """What SIPp says of a run. `errors`: its error log."""

    exit_code: int
    started: int
    succeeded: int
    failed: int
    retransmissions: int
    output: str
    errors: str


def speech(seconds: float = 1.0) -> bytes:
    """Return a mu-law square wave of 500 Hz that nobody takes for silence."""
    return bytes(0x90 if (sample // 8) % 2 else 0x10 for sample in range(int(8000 * seconds)))


class SippRun:
    """A SIPp process; `finish()` waits for its end."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path, name: str) -> None:
        self.process = process
        self._folder = folder
        self._name = name

    def finish(self, timeout: float = 90.0) -> SippResult:
        """Wait for the end. A run that lasts longer than `timeout` seconds is ended and is an error."""
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.stop()
            raise AssertionError(f"SIPp {self._name} still ran after {timeout} s: {self._tail()}") from None
        statistics = self._folder / f"{self._name}.stat"
        assert statistics.exists(), f"SIPp {self._name} did not start: {self._tail()}"
        rows = list(csv.DictReader(statistics.open(), delimiter=";"))
        last: Mapping[str, str] = rows[-1] if rows else {}
        errors = self._folder / f"{self._name}.errors"
        return SippResult(
            exit_code=self.process.returncode,
            started=int(last.get("TotalCallCreated") or 0),
            succeeded=int(last.get("SuccessfulCall(C)") or 0),
            failed=int(last.get("FailedCall(C)") or 0),
            retransmissions=int(last.get("Retransmissions(C)") or 0),
            output=self._tail(),
            errors=errors.read_text(errors="replace") if errors.exists() else "",
        )

    def stop(self) -> None:
        """End the process if it still runs."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def _tail(self) -> str:
        return (self._folder / f"{self._name}.out").read_text(errors="replace")[-4000:]


def start_sipp(
    scenario: str,
    rows: Sequence[Sequence[str]],
    *,
    target: str,
    service: str = "311",
    folder: Path,
    local_port: int,
    media_port: int,
    rate: float = 1.0,
    limit: int = 50,
    calls: int | None = None,
    arguments: Sequence[str] = (),
    name: str | None = None,
) -> SippRun:
    """Start `sipp_scenarios/<scenario>.xml` against `target` (host:port) with one CSV line per call.

    `rate`: calls per second; `limit`: calls at once; `folder`: where CSV, audio, statistics and logs go.
    """
    program = shutil.which("sipp")
    assert program is not None, "sipp is missing: apt-get install sip-tester"
    name = name or scenario
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "speech.ulaw").write_bytes(speech())
    table = folder / f"{name}.csv"
    table.write_bytes(
        b"SEQUENTIAL\n" + b"".join(";".join(row).encode("utf-8", "surrogateescape") + b"\n" for row in rows)
    )
    argv = [program, "-sf", str(SCENARIOS / f"{scenario}.xml"), "-inf", str(table), "-s", service]
    argv += ["-m", str(calls if calls is not None else len(rows)), "-r", str(rate), "-l", str(limit)]
    argv += ["-i", "127.0.0.1", "-p", str(local_port), "-mp", str(media_port)]
    argv += ["-nostdin", "-trace_err", "-error_file", str(folder / f"{name}.errors")]
    argv += ["-trace_stat", "-stf", str(folder / f"{name}.stat"), "-fd", "1", *arguments, target]
    with (folder / f"{name}.out").open("wb") as output:
        process = subprocess.Popen(argv, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    return SippRun(process, folder, name)
