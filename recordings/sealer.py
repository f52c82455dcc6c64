"""Has recordings sealed by a process of its own, one at a time. Owns what is said to it; knows nothing of rows."""

from __future__ import annotations

from recordings.line_process import LineProcess, LineProcessError
from recordings.month_keys import MonthKeys
from recordings.sealing import Sealed, SealJob

LONGEST_JOB = 900.0
"""Seconds. A call of four hours is sealed in a few minutes on a slow machine."""


class SealingError(OSError):
    """It could not be sealed now; what was recorded is untouched. `str(error)` says why."""


class Sealer:
    """Call `seal` from one event loop; `close` at the end."""

    def __init__(self, keys: MonthKeys) -> None:
        first = {"folder": str(keys.folder), "master": keys.master.hex()}
        self._process = LineProcess("recordings.sealing_worker", first)

    async def seal(self, job: SealJob) -> Sealed:
        """Return how it turned out. Raises SealingError."""
        asked: dict[str, object] = {
            "recording": job.recording,
            "started_at": job.started_at.isoformat(),
            "sources": [str(source) for source in job.sources],
            "target": str(job.target),
        }
        try:
            answer = await self._process.ask(asked, within=LONGEST_JOB)
        except LineProcessError as error:
            raise SealingError(f"the process that seals recordings does not answer: {error}") from error
        if "error" in answer:
            raise SealingError(str(answer["error"]))
        return Sealed(
            float(str(answer["seconds"])), int(str(answer["size"])), bool(answer["mended"]), bool(answer["readable"])
        )

    async def close(self) -> None:
        """End the process."""
        await self._process.close()

    @property
    def pid(self) -> int | None:
        """The process, while it runs."""
        return self._process.pid
