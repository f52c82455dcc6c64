"""Serves an aiohttp application on an address for as long as a block runs."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from typing_extensions import override

from centrala.settings import split_host_port

_log = logging.getLogger("aiohttp.server")
_MOST_SHOWN = 120


class NoiseOfStrangers(logging.Filter):
    """Makes one line of a request that is not HTTP: who scans ports must not fill the log with stack traces.

    Errors of our own keep theirs.
    """

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError):
            lines = (error.message or type(error).__name__).splitlines()
            reason = ascii(lines[0].strip() if lines else "")[1:-1][:_MOST_SHOWN]
            record.levelno, record.levelname = logging.WARNING, "WARNING"
            record.msg, record.args = f"{record.getMessage()}: not HTTP: {reason}", None
            record.exc_info = record.exc_text = None
        return True


@contextlib.asynccontextmanager
async def serving(app: web.Application, bind: str) -> AsyncIterator[None]:
    """Serve until the block ends; browsers get two seconds to notice. Raises OSError when the address is taken."""
    host, port = split_host_port(bind)
    if not any(isinstance(one, NoiseOfStrangers) for one in _log.filters):
        _log.addFilter(NoiseOfStrangers())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0, logger=_log)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, backlog=1024).start()
        yield
    finally:
        await runner.cleanup()
