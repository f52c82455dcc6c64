"""Runs a reader of files for the life of the process: waits when the store is down, says so once, loses nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

_LOG: Final = logging.getLogger(__name__)
FIRST_WAIT: Final = 0.2
LONGEST_WAIT: Final = 5.0


async def run_tail(
    name: str, step: Callable[[], Awaitable[bool]], *, interval: float | Callable[[], float] = 0.05
) -> None:
    """Call `step` for ever; it returns whether there may be more right now. Ends only by cancellation.

    `interval`: seconds to wait when there is no more, or what says so anew each time (see storage/pace.py).

    An OSError (the store, a disk) is waited out, from 0.2 to 5 s. Anything else is a mistake of ours and is raised.
    """
    wait = FIRST_WAIT
    down = False
    while True:
        try:
            more = await step()
        except OSError as error:
            if not down:
                _LOG.error("%s: waiting, nothing is lost: %s", name, error)
            down = True
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)
            continue
        if down:
            _LOG.warning("%s: going on", name)
        down, wait = False, FIRST_WAIT
        if not more:
            await asyncio.sleep(interval() if callable(interval) else interval)
