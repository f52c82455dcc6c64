"""Serves an aiohttp application on an address for as long as a block runs."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from aiohttp import web

from centrala.settings import split_host_port


@contextlib.asynccontextmanager
async def serving(app: web.Application, bind: str) -> AsyncIterator[None]:
    """Serve until the block ends; browsers get two seconds to notice. Raises OSError when the address is taken."""
    host, port = split_host_port(bind)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, backlog=1024).start()
        yield
    finally:
        await runner.cleanup()
