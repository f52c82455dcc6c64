"""What every request passes through: problems, sign-in, permission, forgery check, security headers.

Owns the order of these checks. Fails closed: a route that no table declares, or that declares nothing, is refused.
"""

from __future__ import annotations

import logging
import secrets
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from agent_console.access import Permission, may
from agent_console.authentication import AUTHENTICATION, PRINCIPAL, Principal, same_token
from agent_console.dependencies import DEPENDENCIES
from agent_console.problems import Problem, problem_response
from agent_console.routing import Handler, route_of
from calls.ports import CallControlError
from storage.database import DatabaseDown

_LOG = logging.getLogger(__name__)
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "media-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # with `no-referrer` browsers send `Origin: null` and every form is refused
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self)",
}


@web.middleware
async def answer_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every refusal and failure into a problem document (API) or a page that says what to do."""
    try:
        return await handler(request)
    except Problem as error:
        problem = error
    except web.HTTPRequestEntityTooLarge:
        problem = Problem(413, "too_large", "send less than the limit of this address")
    except web.HTTPNotFound:
        problem = Problem(404, "not_found", "there is nothing at this address")
    except web.HTTPMethodNotAllowed as error:
        problem = Problem(405, "method_not_allowed", f"use {', '.join(sorted(error.allowed_methods))}")
    except web.HTTPException:
        raise
    except DatabaseDown as error:
        _LOG.warning("%s %s: %s", request.method, _path(request), error)
        problem = Problem(503, "storage_down", "nothing was stored; calls go on; try again in a moment")
    except CallControlError as error:
        problem = Problem(502, "pbx_refused", str(error))
    except Exception:  # the last line of defence of one request: it is logged with a number the user can quote
        reference = secrets.token_hex(4)
        _LOG.exception("%s %s failed, reference %s", request.method, _path(request), reference)
        problem = Problem(500, "internal", f"tell the administrator this number: {reference}")
    if _wants_page(request):
        return await _page_of(request, problem)
    return problem_response(problem)


def _path(request: web.Request) -> str:
    # As it was sent: decoded, a line end in it would forge a line of the log. What was searched for stays out of it.
    return request.raw_path.partition("?")[0][:200]


def _wants_page(request: web.Request) -> bool:
    return not request.path.startswith("/api/") and "text/html" in request.headers.get("Accept", "")


async def _page_of(request: web.Request, problem: Problem) -> web.StreamResponse:
    from agent_console.pages.rendering import render

    if problem.error_id == "not_signed_in" and request.method in _SAFE:
        response = web.Response(status=303, headers={"Location": "/login"})
        if "HX-Request" in request.headers:
            response = web.Response(status=401, headers={"HX-Redirect": "/login"})
        return response
    return render(request, "problem.html", {"problem": problem}, status=problem.status)


@web.middleware
async def check_access(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find the sender, then the route's permission, then the forgery token of a browser's form."""
    if "%00" in request.raw_path:
        raise Problem(400, "bad_request", "the address has a zero character")
    if request.match_info.http_exception is not None:
        raise request.match_info.http_exception
    route = route_of(request)
    if route is None:
        raise Problem(403, "forbidden", "this address has no permission declared")
    if request.can_read_body and request.content_length is None:
        raise Problem(411, "bad_request", "send a Content-Length")
    if (request.content_length or 0) > route.most_bytes:
        raise Problem(413, "too_large", f"send at most {route.most_bytes} bytes here")
    if route.permission is Permission.PUBLIC:
        if request.method not in _SAFE:
            check_origin(request)
        return await handler(request)
    sender = await request.app[AUTHENTICATION].principal_of(request)
    if sender is None:
        raise Problem(401, "not_signed_in", "sign in, or send an API token as `Authorization: Bearer …`")
    request[PRINCIPAL] = sender
    if not may(sender.user.role, route.permission):
        raise Problem(403, "forbidden", f"the role {sender.user.role} may not do this")
    if request.method not in _SAFE and sender.csrf is not None:
        check_origin(request)
        await _check_form(request, sender)
    return await handler(request)


def check_origin(request: web.Request) -> None:
    """Refuse a browser that shows another site's page. Raises Problem; without `Origin` it is no browser's script."""
    origin = request.headers.get("Origin")
    if origin is None:
        return
    if origin in request.app[DEPENDENCIES].origins or urlsplit(origin).netloc == request.host:
        return
    raise Problem(403, "csrf", "this request came from a page of another site")


async def _check_form(request: web.Request, sender: Principal) -> None:
    given = request.headers.get("X-CSRF-Token", "")
    if not given and request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        given = str((await request.post()).get("csrf", ""))
    if sender.csrf is None or not same_token(sender.csrf, given):
        raise Problem(403, "csrf", "the page is out of date: reload it and try again")


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Put the security headers on every response; pages and answers are never kept in a shared cache."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if not request.path.startswith("/static/"):
        response.headers.setdefault("Cache-Control", "no-store")
