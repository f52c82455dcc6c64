"""The menu on panoramisk's FastAGI server, used as its documentation shows. `panoramisk_agi.py PORT [uvloop]`.

It is given well-formed calls only: one connection that closes early makes it spin for ever.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import uvloop
from panoramisk import fast_agi

from centrala.bench.menu import ROUTE, commands

_COMMANDS = commands()


async def menu(request: Any) -> None:  # noqa: ANN401 - the library has no types
    """Serve one call."""
    for command in _COMMANDS:
        await request.send_command(command)


async def serve(port: int) -> None:
    """Serve until killed."""
    application = fast_agi.Application(loop=asyncio.get_running_loop())
    application.add_route(ROUTE, menu)
    server = await asyncio.start_server(application.handler, "127.0.0.1", port, backlog=1024)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    (uvloop.run if "uvloop" in sys.argv else asyncio.run)(serve(int(sys.argv[1])))
