"""The console's application: puts routes, guards and the live hub together. Owns the order of middlewares and start-up.

`build_app` opens no socket and starts nothing; what runs is started and stopped by `cleanup_ctx`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Final

from aiohttp import web

from agent_console import live_socket, openapi
from agent_console.access import Permission
from agent_console.account_watch import WATCH, AccountWatch
from agent_console.authentication import AUTHENTICATION, Authentication
from agent_console.call_board import CallBoard
from agent_console.calls import routes as calls_routes
from agent_console.calls import snoops, steering
from agent_console.cases import photos
from agent_console.cases import routes as cases_routes
from agent_console.dependencies import DEPENDENCIES, ConsoleDependencies
from agent_console.drafts import routes as drafts_routes
from agent_console.guard import add_headers, answer_problems, check_access
from agent_console.health import routes as health_routes
from agent_console.idempotency import answer_once
from agent_console.incidents import routes as incidents_routes
from agent_console.live import LiveHub
from agent_console.live_socket import HUB
from agent_console.missed import routes as missed_routes
from agent_console.notices import routes as notices_routes
from agent_console.operators import routes as operators_routes
from agent_console.operators import supervision as supervision_routes
from agent_console.operators.observer import Observer
from agent_console.operators.roster import Roster
from agent_console.operators.routes import IDLE_WATCH, OBSERVER, ROSTER
from agent_console.operators.watchdog import IdleWatch
from agent_console.orders import routes as orders_routes
from agent_console.pages.rendering import PAGES, Pages
from agent_console.pages.routes import ROUTES as PAGE_ROUTES
from agent_console.phones import routes as phones_routes
from agent_console.phones.choice import PhoneChoice
from agent_console.phones.logins import PhoneLogins
from agent_console.phones.routes import PHONES, Phones, run_phones
from agent_console.problems import not_found
from agent_console.queues import routes as queues_routes
from agent_console.recordings import pause_routes, text_routes
from agent_console.recordings import routes as recordings_routes
from agent_console.recordings.pauses import keep_pauses
from agent_console.reports import routes as reports_routes
from agent_console.request_limit import REQUEST_LIMITS, RequestLimits, limit_requests
from agent_console.routing import Route, register
from agent_console.scores import form_routes as score_form_routes
from agent_console.scores import routes as score_routes
from agent_console.second_factor import SECOND_FACTOR, SecondFactor
from agent_console.sign_in import SIGN_IN, SignIn
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
        raise not_found("this file", "no_file")
    return web.FileResponse(found, headers={"Cache-Control": "no-cache"})


ROUTES: Final[tuple[Route, ...]] = (
    *calls_routes.ROUTES,
    *steering.ROUTES,
    *snoops.ROUTES,
    *recordings_routes.ROUTES,
    *pause_routes.ROUTES,
    *text_routes.ROUTES,
    *score_form_routes.ROUTES,
    *score_routes.ROUTES,
    *missed_routes.ROUTES,
    *cases_routes.ROUTES,
    *incidents_routes.ROUTES,
    *drafts_routes.ROUTES,
    *orders_routes.ROUTES,
    *operators_routes.ROUTES,
    *notices_routes.ROUTES,
    *phones_routes.ROUTES,
    *supervision_routes.ROUTES,
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
    middlewares = [answer_problems, check_access, limit_requests, answer_once]
    app = web.Application(middlewares=middlewares, client_max_size=_MOST_BYTES)
    app[DEPENDENCIES] = deps
    app[REQUEST_LIMITS] = RequestLimits(deps.doors)
    app[HUB] = LiveHub(deps.database, deps.bus, board or CallBoard(), deps.clock)
    app[AUTHENTICATION] = Authentication(deps)
    app[SIGN_IN] = SignIn(deps, app[AUTHENTICATION])
    app[SECOND_FACTOR] = SecondFactor(deps)
    app[WATCH] = AccountWatch(deps, app[AUTHENTICATION], app[HUB])
    app[ROSTER] = Roster(deps)
    not_again = timedelta(seconds=deps.town.desk.unanswered.not_again_seconds)
    app[OBSERVER] = Observer(app[ROSTER], app[HUB], deps.database, deps.clock, not_again)
    idle = timedelta(seconds=deps.town.desk.idle_alarm_seconds)
    app[IDLE_WATCH] = IdleWatch(
        app[ROSTER], app[HUB].board, deps.call_control, deps.database, deps.bus, deps.clock, idle
    )
    app[PAGES] = Pages(deps)
    if deps.browser_phones is not None:
        phones = deps.browser_phones
        app[PHONES] = Phones(PhoneChoice(deps, phones), PhoneLogins(phones, deps.clock))
        app.cleanup_ctx.append(run_phones)
    register(app, ROUTES)
    app.on_response_prepare.append(add_headers)
    app.cleanup_ctx.append(_live)
    app.cleanup_ctx.append(keep_pauses)
    app.on_shutdown.append(_let_go)
    return app


async def _live(app: web.Application) -> AsyncIterator[None]:
    hub = app[HUB]
    try:
        await app[ROSTER].load()
    except OSError as error:
        _LOG.warning("roster starts empty: %s", error)
    ready = asyncio.Event()
    tasks = [
        asyncio.create_task(hub.run(ready), name="live hub"),
        asyncio.create_task(app[WATCH].run(), name="account watch"),
    ]
    await ready.wait()
    tasks.append(asyncio.create_task(app[OBSERVER].run(), name="observer of operators"))
    for task in tasks:
        task.add_done_callback(_say_when_it_broke)
    yield
    for task in reversed(tasks):
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    await hub.store.store_batch()
    await app[ROSTER].ledger.save()


async def _let_go(app: web.Application) -> None:
    # Open WebSockets would otherwise hold up the end of the process until the server's own limit.
    app[HUB].let_go()


def _say_when_it_broke(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        _LOG.critical("the %s stopped", task.get_name(), exc_info=task.exception())
