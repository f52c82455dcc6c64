"""The light load of a drill: SIPp callers of several kinds, each with a number of his own. Owns SIPp and its log."""

from __future__ import annotations

import asyncio
import random
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from centrala.bench.place import free_ports
from centrala.drill.evidence import CallerSide, Wish
from centrala.drill.tones import voice
from centrala.errors import CommandFailed
from centrala.settings import CHECKOUT

_SCENARIO: Final = CHECKOUT / "sipp_scenarios" / "uac_drill.xml"
_WISHES: Final = (Wish.HANG_UP, Wish.INFORMATION, Wish.HANG_UP, Wish.MESSAGE)
_GAPS_MS: Final = {Wish.MESSAGE: 3000, Wish.INFORMATION: 1500, Wish.HANG_UP: 500}
_KEYS: Final = {Wish.MESSAGE: "12" + "#" * 12, Wish.INFORMATION: "114", Wish.HANG_UP: ""}
_LONGEST_WAIT_MS: Final = 45_000
_MOST_AT_ONCE: Final = 150
_END: Final = 75.0
_LOGGED: Final = re.compile(r"\b(called|answered|served|left) (\d{6,15})\b")


def numbers(cell: int) -> Iterator[str]:
    """Yield numbers that no other cell (0–99) of a drill uses."""
    yield from (f"064{cell:02d}{one:05d}" for one in range(100_000))


@dataclass(frozen=True, slots=True)
class Caller:
    """One line of SIPp's table."""

    number: str
    wish: Wish

    def row(self, chance: random.Random) -> str:
        """Return the line."""
        stays = {Wish.MESSAGE: 0, Wish.INFORMATION: 1500, Wish.HANG_UP: chance.randint(100, 7000)}[self.wish]
        return f"{self.number};{_KEYS[self.wish]};{_GAPS_MS[self.wish]};{stays}"


class Load:
    """Callers at a steady rate, until `finish()`."""

    def __init__(self, process: subprocess.Popen[bytes], stem: Path, callers: list[Caller]) -> None:
        self._process = process
        self._stem = stem
        self._callers = callers

    @classmethod
    def start(cls, sip_port: int, did: str, folder: Path, cell: int, rate: float, chance: random.Random) -> Load:
        """Start SIPp at `rate` calls a second. Raises CommandFailed when it is not installed."""
        program = shutil.which("sipp")
        if program is None:
            raise CommandFailed("sipp is missing: apt-get install sip-tester")
        folder.mkdir(parents=True, exist_ok=True)
        source = numbers(cell)
        callers = [Caller(next(source), _WISHES[place % len(_WISHES)]) for place in range(20_000)]
        stem = folder / f"load-{cell:02d}"
        (folder / "speech.ulaw").write_bytes(b"".join(voice(50)))
        table = stem.with_suffix(".csv")
        table.write_text("SEQUENTIAL\n" + "".join(f"{caller.row(chance)}\n" for caller in callers))
        local, media = free_ports(2)
        argv = [program, "-sf", str(_SCENARIO), "-inf", str(table), "-s", did, "-r", str(rate)]
        argv += ["-l", str(_MOST_AT_ONCE), "-m", str(len(callers)), "-i", "127.0.0.1", "-p", str(local)]
        argv += ["-mp", str(media), "-recv_timeout", str(_LONGEST_WAIT_MS), "-nostdin", "-trace_logs"]
        argv += ["-log_file", f"{stem}.log", "-trace_err", "-error_file", f"{stem}.errors", f"127.0.0.1:{sip_port}"]
        with stem.with_suffix(".out").open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - ours
                argv, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        return cls(process, stem, callers)

    async def finish(self) -> list[CallerSide]:
        """Start no more calls, let the running ones end, and return what became of each."""
        self._process.send_signal(signal.SIGUSR1)
        try:
            await asyncio.to_thread(self._process.wait, _END)
        except subprocess.TimeoutExpired:
            self._process.terminate()
            await asyncio.to_thread(self._process.wait)
        log = await asyncio.to_thread(Path(f"{self._stem}.log").read_text, errors="replace")
        return caller_sides(self._callers, log)

    def kill(self) -> None:
        """End it at once, if it still runs."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


def caller_sides(callers: list[Caller], log: str) -> list[CallerSide]:
    """Return the call of each caller who called; one that came to no end was dropped."""
    met: dict[str, set[str]] = {}
    for what, number in _LOGGED.findall(log):
        met.setdefault(number, set()).add(what)
    return [
        CallerSide(
            caller.number,
            caller.wish,
            answered="answered" in met[caller.number],
            served="served" in met[caller.number],
            dropped="answered" in met[caller.number] and not met[caller.number] & {"served", "left"},
        )
        for caller in callers
        if caller.number in met
    ]
