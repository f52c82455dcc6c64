"""Heartbeats: a child writes a byte into an inherited pipe from its event loop, so a frozen loop falls silent."""

from __future__ import annotations

import asyncio
import os

HEARTBEAT_VARIABLE = "CENTRALA_HEARTBEAT_FD"
INTERVAL = 0.25


async def beat_for_ever() -> None:
    """Beat until cancelled. Without a supervisor (no descriptor in the environment) there is nobody to tell."""
    descriptor = os.environ.get(HEARTBEAT_VARIABLE)
    if descriptor is None:
        await asyncio.Event().wait()
        return
    pipe = int(descriptor)
    os.set_blocking(pipe, False)
    while True:
        try:
            os.write(pipe, b".")
        except BlockingIOError:
            pass  # the supervisor is slow to read; a full pipe is proof enough of life
        except BrokenPipeError:
            return
        await asyncio.sleep(INTERVAL)
