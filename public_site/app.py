"""The public site: may face the internet. Knows no identity, has no sessions and sets no cookie.

Owns its routes and the headers of every answer.
"""

from __future__ import annotations

import logging
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from public_site.dependencies import DEPENDENCIES, PublicDependencies
from public_site.pages import error_page, look_up, status_page

log = logging.getLogger(__name__)
_MOST_BYTES = 16 * 1024
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def build_app(deps: PublicDependencies) -> web.Application:
    """Return the application; it opens no socket."""
    app = web.Application(client_max_size=_MOST_BYTES, middlewares=[_errors])
    app[DEPENDENCIES] = deps
    app.on_response_prepare.append(_add_headers)
    app.router.add_get("/", status_page)
    app.router.add_post("/", look_up)
    app.router.add_get("/healthz", _healthz)
    app.router.add_get("/readyz", _readyz)
    app.router.add_static("/static", Path(__file__).parent / "static")
    return app


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer what went wrong with a page in the citizen's language; a fault of ours is logged."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        page = error_page(request, error.status)
        if "Allow" in error.headers:
            page.headers["Allow"] = error.headers["Allow"]
        return page
    except Exception:  # the last line of defence of one request: a citizen gets a page, the log gets the rest
        log.exception("%s %s", request.method, request.path)
        return error_page(request, 500)


async def _add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)


async def _healthz(_request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def _readyz(request: web.Request) -> web.Response:
    up = await request.app[DEPENDENCIES].database.is_up()
    return web.json_response({"database": "ok" if up else "does not answer"}, status=200 if up else 503)
