"""The callers of a simulated day: SIPp with the day's table, and what its log says of each call. Owns SIPp."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from centrala.bench.place import free_ports
from centrala.drill.day_books import Seen
from centrala.drill.day_script import Caller
from centrala.drill.evidence import CallerSide
from centrala.drill.tones import voice
from centrala.errors import CommandFailed
from centrala.settings import CHECKOUT

_SCENARIO: Final = CHECKOUT / "sipp_scenarios" / "uac_day.xml"
_LONGEST_WAIT_MS: Final = 330_000
_MOST_AT_ONCE: Final = 200
_LOGGED: Final = re.compile(r"\b(called|answered|keyed|served|left) (\d{6,15}) (\d+)(?:\.\d+)? (\d+)(?:\.\d+)?\b")


class PartOfCallers:
    """The callers of one part of the day, at a steady rate."""

    def __init__(self, process: subprocess.Popen[bytes], stem: Path) -> None:
        self._process, self._stem = process, stem

    @classmethod
    def start(
        cls, callers: Sequence[Caller], sip_port: int, folder: Path, name: str, rate: float, gap_ms: int
    ) -> PartOfCallers:
        """Start SIPp at `rate` calls a second. Raises CommandFailed when it is not installed."""
        program = shutil.which("sipp")
        if program is None:
            raise CommandFailed("sipp is missing: apt-get install sip-tester")
        folder.mkdir(parents=True, exist_ok=True)
        stem = folder / name
        (folder / "speech.ulaw").write_bytes(b"".join(voice(50)))
        table = stem.with_suffix(".csv")
        table.write_text("SEQUENTIAL\n" + "".join(f"{caller.row(gap_ms)}\n" for caller in callers))
        local, media = free_ports(2)
        argv = [program, "-sf", str(_SCENARIO), "-inf", str(table), "-s", "311", "-r", str(round(rate * 60))]
        argv += ["-rp", "60000", "-l", str(_MOST_AT_ONCE), "-m", str(len(callers)), "-i", "127.0.0.1"]
        argv += ["-p", str(local), "-mp", str(media), "-recv_timeout", str(_LONGEST_WAIT_MS), "-nostdin"]
        argv += ["-trace_logs", "-log_file", f"{stem}.log", "-trace_err", "-error_file", f"{stem}.errors"]
        with stem.with_suffix(".out").open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - ours
                [*argv, f"127.0.0.1:{sip_port}"], cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        return cls(process, stem)

    async def finish(self, within: float) -> list[Seen]:
        """Return what became of each call once all are over, or after so many seconds."""
        try:
            await asyncio.to_thread(self._process.wait, within)
        except subprocess.TimeoutExpired:
            self.kill()
        log = await asyncio.to_thread(Path(f"{self._stem}.log").read_text, errors="replace")
        return seen(log)

    def kill(self) -> None:
        """End it at once, if it still runs."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


def seen(log: str) -> list[Seen]:
    """Read SIPp's log: one entry for each caller who called, in that order."""
    found: dict[str, Seen] = {}
    for what, number, seconds, micro in _LOGGED.findall(log):
        moment = int(seconds) + int(micro) / 1e6
        one = found.setdefault(number, Seen(number))
        match what:
            case "called":
                one.called = moment
            case "answered":
                one.answered = moment
            case "keyed":
                one.keyed.append(moment)
            case _:
                one.ended, one.served = moment, what == "served"
    return list(found.values())


def side(caller: Caller, one: Seen) -> CallerSide:
    """Return the call as the drill's oracle wants it; one that came to no end was dropped."""
    answered = one.answered > 0
    return CallerSide(caller.number, caller.wish, answered, served=one.served, dropped=answered and not one.ended)
