"""Signing in and out, as pages. Owns the words of a refusal; the checks are `sign_in`'s and `second_factor`'s."""

from __future__ import annotations

from aiohttp import web

from agent_console.access import Permission, may
from agent_console.account_watch import WATCH
from agent_console.authentication import COOKIE, HALF, is_secure, principal, set_cookie
from agent_console.guard import check_origin
from agent_console.guessing import visitor_of
from agent_console.pages.rendering import NAVIGATION, render
from agent_console.problems import Problem
from agent_console.routing import Route
from agent_console.second_factor import SECOND_FACTOR
from agent_console.sign_in import CODE, ENROL, SIGN_IN
from storage.database import DatabaseDown
from storage.session_repository import FULL

_NEXT = {FULL: "/", CODE: "/login/code", ENROL: "/login/second-factor"}
_REFUSALS = {"code_used": "login.code_used", "code_wrong": "login.code_wrong", "too_many_attempts": "login.wait"}


async def form(request: web.Request) -> web.Response:
    """Answer with the sign-in form."""
    return render(request, "login.html", {"error": "", "seconds": 0, "username": ""})


async def sign_in(request: web.Request) -> web.Response:
    """Open a session, or show the form again with what to do."""
    check_origin(request)
    given = await request.post()
    username = str(given.get("username", "")).strip()[:64]
    password = str(given.get("password", ""))[:256]
    visitor = visitor_of(request)
    try:
        opened = await request.app[SIGN_IN].with_password(username, password, visitor)
    except Problem as problem:
        error = "login.wait" if problem.status == 429 else "login.wrong"
        return _again(request, "login.html", problem, {"error": error, "username": username})
    except DatabaseDown:
        values = {"error": "login.storage", "seconds": 0, "username": username}
        return render(request, "login.html", values, status=503)
    response = web.Response(status=303, headers={"Location": _NEXT[opened.stage]})
    set_cookie(response, request, opened.cookie)
    if opened.stage == FULL:
        request.app[SIGN_IN].guessing.remember(response, request, username, secure=is_secure(request))
    return response


def _again(request: web.Request, template: str, problem: Problem, values: dict[str, object]) -> web.Response:
    seconds = problem.extra.get("retry_after", 0)
    response = render(request, template, values | {"seconds": seconds}, status=problem.status)
    if seconds:
        response.headers["Retry-After"] = str(seconds)
    return response


async def code_form(request: web.Request) -> web.Response:
    """Answer with the form for the code, or for enrolment when there is no factor yet."""
    if request[HALF].stage == ENROL:
        return web.Response(status=303, headers={"Location": _NEXT[ENROL]})
    return render(request, "login_code.html", {"error": "", "seconds": 0})


async def give_code(request: web.Request) -> web.Response:
    """Take the code and open the console."""
    half, visitor = request[HALF], visitor_of(request)
    code = str((await request.post()).get("code", ""))[:40]
    try:
        how = await request.app[SECOND_FACTOR].check(half.user, code, visitor)
    except Problem as problem:
        if problem.error_id not in _REFUSALS:
            raise
        return _again(request, "login_code.html", problem, {"error": _REFUSALS[problem.error_id]})
    cookie = await request.app[SIGN_IN].finish(half, visitor, how)
    response = web.Response(status=303, headers={"Location": "/"})
    _come_in(response, request, cookie, half.user.username)
    return response


async def enrol_form(request: web.Request) -> web.Response:
    """Answer with the picture for the authenticator, at the first sign-in of a role that needs a second factor."""
    half = request[HALF]
    if half.stage != ENROL:
        return web.Response(status=303, headers={"Location": _NEXT[CODE]})
    values = {"error": "", "seconds": 0, "enrolment": request.app[SECOND_FACTOR].begin(half.user)}
    return render(request, "second_factor.html", values)


async def enrol(request: web.Request) -> web.Response:
    """Store the factor, open the console, show the recovery codes once."""
    half, visitor = request[HALF], visitor_of(request)
    if half.stage != ENROL:
        raise Problem(403, "forbidden", "this account has a second factor: give its code", reason="has_factor")
    given = await request.post()
    factor, sealed = request.app[SECOND_FACTOR], str(given.get("sealed", ""))[:400]
    try:
        codes = await factor.enrol(half.user, sealed, str(given.get("code", ""))[:40], visitor)
    except Problem as problem:
        if problem.error_id not in _REFUSALS:
            raise
        values = {"error": _REFUSALS[problem.error_id], "enrolment": factor.begin(half.user, sealed)}
        return _again(request, "second_factor.html", problem, values)
    cookie = await request.app[SIGN_IN].finish(half, visitor, "totp")
    response = render(request, "recovery_codes.html", {"codes": codes, "onward": "/"})
    _come_in(response, request, cookie, half.user.username)
    return response


def _come_in(response: web.Response, request: web.Request, cookie: str, username: str) -> None:
    set_cookie(response, request, cookie)
    request.app[SIGN_IN].guessing.remember(response, request, username, secure=is_secure(request))


async def home(request: web.Request) -> web.Response:
    """Send each role to its own first page."""
    user = principal(request).user
    pages = {name: address for name, address, permission in NAVIGATION if may(user.role, permission)}
    first = {"operator": "desk", "supervisor": "board", "administrator": "admin"}.get(user.role, "")
    if first in pages:
        return web.Response(status=303, headers={"Location": pages[first]})
    return render(request, "no_page.html", {})


async def sign_out(request: web.Request) -> web.Response:
    """Close the session, and what is still connected by it."""
    sender = principal(request)
    await request.app[SIGN_IN].sign_out(sender.door.id_hash, sender.user.username, sender.user.username)
    await request.app[WATCH].step()
    response = web.Response(status=303, headers={"Location": "/login"})
    response.del_cookie(COOKIE, path="/")
    return response


ROUTES = (
    Route("GET", "/login", form, Permission.PUBLIC, "Sign-in form"),
    Route("POST", "/login", sign_in, Permission.PUBLIC, "Sign in", most_bytes=8192),
    Route("GET", "/login/code", code_form, Permission.HALF_SIGNED_IN, "Form for the second factor"),
    Route("POST", "/login/code", give_code, Permission.HALF_SIGNED_IN, "Give the code", most_bytes=8192),
    Route("GET", "/login/second-factor", enrol_form, Permission.HALF_SIGNED_IN, "Enrol at the first sign-in"),
    Route("POST", "/login/second-factor", enrol, Permission.HALF_SIGNED_IN, "Enrol", most_bytes=8192),
    Route("GET", "/", home, Permission.SIGNED_IN, "The first page of the role"),
    Route("POST", "/logout", sign_out, Permission.SIGNED_IN, "Sign out"),
)
