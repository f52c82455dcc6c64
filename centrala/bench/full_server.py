"""Engine (d)'s AGI process: the product's own `agi-1`, saying digits without the pause that the peers do not make.

`full_server.py`; settings come from the environment, as for `centrala serve`.
"""

from __future__ import annotations

import asyncio
import signal

import uvloop

from centrala.logs import configure_logs
from centrala.services import agi
from centrala.settings import load_settings


async def _serve() -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await agi.serve(load_settings(), 1, stop, digit_gap=0.0)


if __name__ == "__main__":
    configure_logs()
    uvloop.run(_serve())
