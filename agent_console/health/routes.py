"""Health for machines: `/healthz` (this process lives), `/readyz` (what it needs answers), `/metrics` (Prometheus)."""

from __future__ import annotations

import asyncio

from aiohttp import web

from agent_console.access import Permission
from agent_console.dependencies import DEPENDENCIES
from agent_console.live_socket import HUB
from agent_console.routing import Route

_CHECK_SECONDS = 2.0


async def healthz(request: web.Request) -> web.Response:
    """Answer that the process turns its loop; asks nothing of anybody."""
    return web.json_response({"status": "ok"})


async def readyz(request: web.Request) -> web.Response:
    """Answer 200 when everything the console needs answers, else 503 with what does not."""
    deps = request.app[DEPENDENCIES]
    wrong: dict[str, str] = {}
    if not await deps.database.is_up(_CHECK_SECONDS):
        wrong["database"] = "does not answer"
    for name, check in deps.ready_checks.items():
        try:
            async with asyncio.timeout(_CHECK_SECONDS):
                problem = await check()
        except (TimeoutError, OSError) as error:
            problem = str(error) or "does not answer in time"
        if problem:
            wrong[name] = problem
    status = "ready" if not wrong else "not ready"
    return web.json_response({"status": status, "wrong": wrong}, status=200 if not wrong else 503)


async def metrics(request: web.Request) -> web.Response:
    """Answer in Prometheus' text format. Counts only, no personal data."""
    hub = request.app[HUB]
    board = hub.board
    values = (
        ("centrala_calls_active", "gauge", "Calls that go on", len(board.active())),
        ("centrala_callers_waiting", "gauge", "Callers who wait for a person", len(board.waiting())),
        ("centrala_live_clients", "gauge", "Connected live clients", hub.clients),
        ("centrala_live_unsaved", "gauge", "Live events that wait for the database", len(hub.store)),
        ("centrala_live_lost_total", "counter", "Live events dropped from the full buffer", hub.store.lost),
    )
    lines = [
        line
        for name, kind, text, value in values
        for line in (f"# HELP {name} {text}", f"# TYPE {name} {kind}", f"{name} {value}")
    ]
    return web.Response(text="\n".join(lines) + "\n", headers={"Content-Type": "text/plain; version=0.0.4"})


ROUTES = (
    Route("GET", "/healthz", healthz, Permission.PUBLIC, "The process lives"),
    Route("GET", "/readyz", readyz, Permission.PUBLIC, "What the console needs answers", statuses=(200, 503)),
    Route("GET", "/metrics", metrics, Permission.PUBLIC, "Prometheus metrics, counts only", media="text/plain"),
)
