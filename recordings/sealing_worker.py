"""The process that seals: a job per line in, an answer per line out. Ends when its input does. Owns what is said.

It runs at a lower priority, so that calls come first on a busy machine; a crash in a sound library costs a try, not
the console. Run as `python -m recordings.sealing_worker`.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recordings.line_worker import Answer, serve
from recordings.month_keys import KeyDamagedError, KeyGoneError, MonthKeys
from recordings.sealing import SealJob, seal_job

LOWER_PRIORITY = 10
"""Of 0 to 19: beside one process that wants all of a processor it still gets a tenth: no backlog stands still."""


def main() -> None:
    """Serve until the input ends. The first line names the key folder and gives the master key."""
    os.setpriority(os.PRIO_PROCESS, 0, LOWER_PRIORITY)
    serve(_begin)


def _begin(first: dict[str, Any]) -> Answer:
    keys = MonthKeys(Path(first["folder"]), bytes.fromhex(first["master"]))
    return lambda asked: _answer(asked, keys)


def _answer(asked: dict[str, Any], keys: MonthKeys) -> dict[str, Any]:
    job = SealJob(
        asked["recording"],
        datetime.fromisoformat(asked["started_at"]),
        tuple(Path(source) for source in asked["sources"]),
        Path(asked["target"]),
    )
    try:
        done = seal_job(job, keys, datetime.now(UTC))
    except (OSError, KeyGoneError, KeyDamagedError) as error:
        return {"error": f"{type(error).__name__}: {error}"}
    return {"seconds": done.seconds, "size": done.size, "mended": done.mended, "readable": done.readable}


if __name__ == "__main__":
    main()
