"""What every request passes through: problems, sign-in, permission, forgery check, security headers.

Owns the order of these checks. Fails closed: a route that no table declares, or that declares nothing, is refused.
"""

from __future__ import annotations

import logging
import secrets
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.helpers import parse_mimetype
from aiohttp.http_exceptions import HttpProcessingError

from agent_console.access import Permission, may
from agent_console.authentication import AUTHENTICATION, HALF, PRINCIPAL, same_token
from agent_console.dependencies import DEPENDENCIES
from agent_console.phones.address import address_for, with_websocket
from agent_console.problems import Problem, problem_response
from agent_console.routing import Handler, route_of
from calls.ports import CallControlError
from storage.database import DatabaseDown

_LOG = logging.getLogger(__name__)
_SIGN_IN_PAGES: Final = {"not_signed_in": "/login", "second_factor_required": "/login/code"}
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
        problem = Problem(404, "not_found", "there is nothing at this address", reason="no_address")
    except web.HTTPMethodNotAllowed as error:
        problem = Problem(405, "method_not_allowed", f"use {', '.join(sorted(error.allowed_methods))}")
    except web.HTTPException:
        raise
    except DatabaseDown as error:
        _LOG.warning("%s %s: %s", request.method, _path(request), error)
        problem = Problem(503, "storage_down", "nothing was stored; calls go on; try again in a moment")
    except HttpProcessingError as error:  # a form whose parts have broken heads
        problem = Problem(400, "bad_request", f"the body cannot be read: {type(error).__name__}")
    except UnicodeError:
        _LOG.warning("%s %s is not UTF-8", request.method, _path(request), exc_info=True)
        problem = Problem(400, "bad_request", "send text as UTF-8")
    except CallControlError as error:
        problem = Problem(502, "pbx_refused", str(error), reason=error.reason)
    except Exception:  # the last line of defence of one request: it is logged with a number the user can quote
        reference = secrets.token_hex(4)
        _LOG.exception("%s %s failed, reference %s", request.method, _path(request), reference)
        problem = Problem(500, "internal", f"tell the administrator this number: {reference}", reference=reference)
    if _wants_page(request):
        return await _page_of(request, problem)
    from agent_console.pages.refusals import said_to_page  # the pages know this module

    return problem_response(problem, said_to_page(request, problem))


def _path(request: web.Request) -> str:
    # As it was sent: decoded, a line end in it would forge a line of the log. What was searched for stays out of it.
    return request.raw_path.partition("?")[0][:200]


def _wants_page(request: web.Request) -> bool:
    return not request.path.startswith("/api/") and "text/html" in request.headers.get("Accept", "")


async def _page_of(request: web.Request, problem: Problem) -> web.StreamResponse:
    from agent_console.pages.refusals import said_in
    from agent_console.pages.rendering import render, texts_of

    if problem.error_id in _SIGN_IN_PAGES and request.method in _SAFE:
        page = _SIGN_IN_PAGES[problem.error_id]
        response = web.Response(status=303, headers={"Location": page})
        if "HX-Request" in request.headers:
            response = web.Response(status=401, headers={"HX-Redirect": page})
        return response
    return render(request, "problem.html", {"said": said_in(texts_of(request), problem)}, status=problem.status)


@web.middleware
async def check_access(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find the sender, then the route's permission, then the forgery token of a browser's form."""
    if "%00" in request.raw_path:
        raise Problem(400, "bad_request", "the address has a zero character")
    if request.match_info.http_exception is not None:
        raise request.match_info.http_exception
    route = route_of(request)
    if route is None:
        raise Problem(403, "forbidden", "this address has no permission declared", reason="address_closed")
    if request.can_read_body and request.content_length is None:
        raise Problem(411, "bad_request", "send a Content-Length")
    if (request.content_length or 0) > route.most_bytes:
        raise Problem(413, "too_large", f"send at most {route.most_bytes} bytes here")
    kind = parse_mimetype(request.headers.get("Content-Type", ""))
    if kind.type == "multipart" and not kind.parameters.get("boundary"):
        raise Problem(400, "bad_request", "a multipart body names its boundary")
    if route.permission is Permission.PUBLIC:
        if request.method not in _SAFE:
            check_origin(request)
        return await handler(request)
    csrf = await _let_in(request, route.permission)
    if request.method not in _SAFE and csrf is not None:
        check_origin(request)
        await _check_form(request, csrf)
    return await handler(request)


async def _let_in(request: web.Request, permission: Permission) -> str | None:
    """Find the sender and compare with the permission; return the token that a browser's forms must carry."""
    doorman = request.app[AUTHENTICATION]
    sender = await doorman.principal_of(request)
    if sender is None:
        half = None if "Authorization" in request.headers else await doorman.session_of(request)
        if half is None:
            raise Problem(401, "not_signed_in", "sign in, or send an API token as `Authorization: Bearer …`")
        if permission is not Permission.HALF_SIGNED_IN:
            raise Problem(401, "second_factor_required", "give the code of the second factor first")
        request[HALF] = half
        return half.csrf
    request[PRINCIPAL] = sender
    if not sender.may(permission):
        why = "this token" if may(sender.user.role, permission) else f"the role {sender.user.role}"
        raise Problem(403, "forbidden", f"{why} may not do this", reason="role_may_not")
    return sender.csrf


def check_origin(request: web.Request) -> None:
    """Refuse a browser that shows another site's page. Raises Problem; without `Origin` it is no browser's script."""
    origin = request.headers.get("Origin")
    if origin is None:
        return
    if origin in request.app[DEPENDENCIES].origins or urlsplit(origin).netloc == request.host:
        return
    raise Problem(403, "csrf", "this request came from a page of another site")


async def _check_form(request: web.Request, csrf: str) -> None:
    given = request.headers.get("X-CSRF-Token", "")
    if not given and request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        given = str((await request.post()).get("csrf", ""))
    if not same_token(csrf, given):
        raise Problem(403, "csrf", "the page is out of date: reload it and try again")


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Put the security headers on every response; pages and answers are never kept in a shared cache."""
    headers = HEADERS
    if response.content_type == "text/html" and (address := address_for(request.app[DEPENDENCIES], request)):
        policy = with_websocket(HEADERS["Content-Security-Policy"], address)
        headers = HEADERS | {"Content-Security-Policy": policy}
    for name, value in headers.items():
        response.headers.setdefault(name, value)
    if not request.path.startswith("/static/"):
        response.headers.setdefault("Cache-Control", "no-store")
