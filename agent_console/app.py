"""The console's application: puts routes, guards and the live hub together. Owns the order of middlewares and start-up.

`build_app` opens no socket and starts nothing; what runs is started and stopped by `cleanup_ctx`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from aiohttp import web

from agent_console import live_socket, openapi
from agent_console.access import Permission
from agent_console.authentication import AUTHENTICATION, Authentication
from agent_console.call_board import CallBoard
from agent_console.calls import routes as calls_routes
from agent_console.cases import photos
from agent_console.cases import routes as cases_routes
from agent_console.dependencies import DEPENDENCIES, ConsoleDependencies
from agent_console.guard import add_headers, answer_problems, check_access
from agent_console.health import routes as health_routes
from agent_console.idempotency import answer_once
from agent_console.live import LiveHub
from agent_console.live_socket import HUB
from agent_console.missed import routes as missed_routes
from agent_console.operators import routes as operators_routes
from agent_console.operators.roster import Roster
from agent_console.operators.routes import ROSTER
from agent_console.orders import routes as orders_routes
from agent_console.pages.rendering import PAGES, Pages
from agent_console.pages.routes import ROUTES as PAGE_ROUTES
from agent_console.problems import not_found
from agent_console.queues import routes as queues_routes
from agent_console.recordings import routes as recordings_routes
from agent_console.reports import routes as reports_routes
from agent_console.routing import Route, register
from agent_console.streets import routes as streets_routes

_LOG = logging.getLogger(__name__)
_STATIC: Final = Path(__file__).parent / "static"
_MOST_BYTES: Final = photos.MOST_BYTES + 64 * 1024


async def static_file(request: web.Request) -> web.StreamResponse:
    """Answer with a file of the console's own: style, bundled scripts, map style."""
    path = request.match_info["path"]
    deps = request.app[DEPENDENCIES]
    root = deps.bundle_dir if path.startswith("bundle/") else _STATIC
    relative = path.removeprefix("bundle/")
    found = (root / relative).resolve()
    if not found.is_relative_to(root.resolve()) or not found.is_file():
        raise not_found("this file")
    return web.FileResponse(found, headers={"Cache-Control": "no-cache"})


ROUTES: Final[tuple[Route, ...]] = (
    *calls_routes.ROUTES,
    *recordings_routes.ROUTES,
    *missed_routes.ROUTES,
    *cases_routes.ROUTES,
    *orders_routes.ROUTES,
    *operators_routes.ROUTES,
    *queues_routes.ROUTES,
    *reports_routes.ROUTES,
    *streets_routes.ROUTES,
    *live_socket.ROUTES,
    *health_routes.ROUTES,
    *openapi.ROUTES,
    *PAGE_ROUTES,
    Route("GET", "/static/{path:.+}", static_file, Permission.PUBLIC, "Style and scripts"),
)


def build_app(deps: ConsoleDependencies, board: CallBoard | None = None) -> web.Application:
    """Return the console. `board` is given when another room also feeds it (`note_caller`, `adopt`)."""
    app = web.Application(middlewares=[answer_problems, check_access, answer_once], client_max_size=_MOST_BYTES)
    app[DEPENDENCIES] = deps
    app[HUB] = LiveHub(deps.database, deps.bus, board or CallBoard(), deps.clock)
    app[AUTHENTICATION] = Authentication(deps)
    app[ROSTER] = Roster(deps)
    app[PAGES] = Pages(deps)
    register(app, ROUTES)
    app.on_response_prepare.append(add_headers)
    app.cleanup_ctx.append(_live)
    app.on_shutdown.append(_let_go)
    return app


async def _live(app: web.Application) -> AsyncIterator[None]:
    hub = app[HUB]
    try:
        await app[ROSTER].load()
    except OSError as error:
        _LOG.warning("roster starts empty: %s", error)
    ready = asyncio.Event()
    task = asyncio.create_task(hub.run(ready), name="live-hub")
    task.add_done_callback(_say_when_it_broke)
    await ready.wait()
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await hub.store.store_batch()


async def _let_go(app: web.Application) -> None:
    # Open WebSockets would otherwise hold up the end of the process until the server's own limit.
    app[HUB].let_go()


def _say_when_it_broke(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        _LOG.critical("the live hub stopped", exc_info=task.exception())
