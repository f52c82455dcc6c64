"""Has recordings sealed by a process of its own, one at a time. Owns that process's life; knows nothing of rows.

The process starts with the first job, is started again when it died, and ends with us: its input closes then.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

from recordings.month_keys import MonthKeys
from recordings.sealing import Sealed, SealJob

_ROOT = str(Path(__file__).resolve().parent.parent)
LONGEST_JOB = 900.0
"""Seconds. A call of four hours is sealed in a few minutes on a slow machine."""


class SealingError(OSError):
    """It could not be sealed now; what was recorded is untouched. `str(error)` says why."""


class Sealer:
    """Call `seal` from one event loop; `close` at the end."""

    def __init__(self, keys: MonthKeys) -> None:
        self._keys = keys
        self._process: Process | None = None
        self._turn = asyncio.Lock()

    async def seal(self, job: SealJob) -> Sealed:
        """Return how it turned out. Raises SealingError."""
        asked: dict[str, object] = {
            "recording": job.recording,
            "started_at": job.started_at.isoformat(),
            "sources": [str(source) for source in job.sources],
            "target": str(job.target),
        }
        async with self._turn:
            try:
                process = await self._running()
                async with asyncio.timeout(LONGEST_JOB):
                    answer = await _ask(process, asked)
            except (OSError, ValueError, TimeoutError) as error:
                await self._end()
                raise SealingError(f"the process that seals recordings does not answer: {error!r}") from error
            except asyncio.CancelledError:
                await self._end()  # it would answer the next one with this one's words
                raise
        if "error" in answer:
            raise SealingError(str(answer["error"]))
        return Sealed(
            float(str(answer["seconds"])), int(str(answer["size"])), bool(answer["mended"]), bool(answer["readable"])
        )

    async def close(self) -> None:
        """End the process."""
        async with self._turn:
            await self._end()

    @property
    def pid(self) -> int | None:
        """The process, while it runs."""
        return None if self._process is None else self._process.pid

    async def _running(self) -> Process:
        if self._process is None or self._process.returncode is not None:
            environment = os.environ | {"PYTHONPATH": os.pathsep.join([_ROOT, os.environ.get("PYTHONPATH", "")])}
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "recordings.sealing_worker", stdin=PIPE, stdout=PIPE, env=environment
            )
            # By a pipe, not in the environment or the arguments: others can read those.
            _write(self._process, {"folder": str(self._keys.folder), "master": self._keys.master.hex()})
        return self._process

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()


def _write(process: Process, said: dict[str, object]) -> None:
    if process.stdin is None:
        raise SealingError("no pipe to the process that seals")
    process.stdin.write(json.dumps(said).encode() + b"\n")


async def _ask(process: Process, asked: dict[str, object]) -> dict[str, object]:
    _write(process, asked)
    if process.stdin is None or process.stdout is None:
        raise SealingError("no pipe to the process that seals")
    await process.stdin.drain()
    line = await process.stdout.readline()
    if not line:
        raise SealingError("it ended")
    answer: dict[str, object] = json.loads(line)
    return answer
