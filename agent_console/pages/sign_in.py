"""Signing in and out, as pages. Owns the words of a refusal; the check itself is `authentication`'s."""

from __future__ import annotations

from aiohttp import web

from agent_console.access import Permission, may
from agent_console.authentication import AUTHENTICATION, COOKIE, principal, set_cookie
from agent_console.guard import check_origin
from agent_console.pages.rendering import NAVIGATION, render
from agent_console.problems import Problem
from agent_console.routing import Route
from storage.database import DatabaseDown


async def form(request: web.Request) -> web.Response:
    """Answer with the sign-in form."""
    return render(request, "login.html", {"error": "", "seconds": 0, "username": ""})


async def sign_in(request: web.Request) -> web.Response:
    """Open a session, or show the form again with what to do."""
    check_origin(request)
    given = await request.post()
    username = str(given.get("username", "")).strip()[:64]
    password = str(given.get("password", ""))[:256]
    try:
        cookie = await request.app[AUTHENTICATION].sign_in(username, password, request.remote or "unknown")
    except Problem as problem:
        key = "login.wait" if problem.status == 429 else "login.wrong"
        seconds = problem.extra.get("retry_after", 0)
        values = {"error": key, "seconds": seconds, "username": username}
        return render(request, "login.html", values, status=problem.status)
    except DatabaseDown:
        values = {"error": "login.storage", "seconds": 0, "username": username}
        return render(request, "login.html", values, status=503)
    response = web.Response(status=303, headers={"Location": "/"})
    set_cookie(response, request, cookie)
    return response


async def home(request: web.Request) -> web.Response:
    """Send each role to its own first page."""
    user = principal(request).user
    pages = {name: address for name, address, permission in NAVIGATION if may(user.role, permission)}
    first = {"operator": "desk", "supervisor": "board", "administrator": "admin"}.get(user.role, "")
    if first in pages:
        return web.Response(status=303, headers={"Location": pages[first]})
    return render(request, "no_page.html", {})


async def sign_out(request: web.Request) -> web.Response:
    """Close the session."""
    await request.app[AUTHENTICATION].sign_out(request)
    response = web.Response(status=303, headers={"Location": "/login"})
    response.del_cookie(COOKIE, path="/")
    return response


ROUTES = (
    Route("GET", "/login", form, Permission.PUBLIC, "Sign-in form"),
    Route("POST", "/login", sign_in, Permission.PUBLIC, "Sign in", most_bytes=8192),
    Route("GET", "/", home, Permission.SIGNED_IN, "The first page of the role"),
    Route("POST", "/logout", sign_out, Permission.SIGNED_IN, "Sign out"),
)
