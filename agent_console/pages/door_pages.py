"""The administrator's view of the doors: who is signed in and from where, second factors, tokens. Owns this page.

Names travel in forms, never in addresses. A second factor is reset on the server's command line only.
"""

from __future__ import annotations

from collections import Counter

from aiohttp import web

from agent_console.access import Permission
from agent_console.account_watch import WATCH
from agent_console.authentication import principal
from agent_console.dependencies import DEPENDENCIES
from agent_console.pages.desk import strip
from agent_console.pages.rendering import render
from agent_console.routing import Route
from agent_console.sign_in import SIGN_IN
from storage import second_factor_repository, session_repository, token_repository, user_repository

_HOME = "/console/admin/doors"


async def page(request: web.Request) -> web.Response:
    """Answer with accounts, their second factors and tokens, and the open sessions."""
    deps = request.app[DEPENDENCIES]
    now = deps.clock()
    async with deps.database.read() as connection:
        users = await user_repository.list_users(connection)
        sessions = await session_repository.sessions_of(connection, now, now - deps.doors.idle_length)
        enrolled = await second_factor_repository.enrolled(connection)
        tokens = await token_repository.tokens_of(connection)
    values = {
        "users": users,
        "sessions": sessions,
        "enrolled": enrolled,
        "needs_factor": deps.doors.needs_second_factor,
        "tokens": Counter(token.username for token in tokens if token.is_good(now)),
        "open": Counter(session.user.username for session in sessions),
    }
    return render(request, "admin_doors.html", strip(request) | values)


async def sign_out(request: web.Request) -> web.Response:
    """Sign an account out everywhere."""
    username = str((await request.post()).get("username", ""))[:64]
    await request.app[SIGN_IN].sign_out_everywhere(username, principal(request).user.username)
    await request.app[WATCH].step()
    return web.Response(status=303, headers={"Location": _HOME})


ROUTES = (
    Route("GET", _HOME, page, Permission.ADMINISTER, "Sessions, second factors, tokens"),
    Route("POST", f"{_HOME}/sign-out", sign_out, Permission.ADMINISTER, "Sign an account out", most_bytes=8192),
)
