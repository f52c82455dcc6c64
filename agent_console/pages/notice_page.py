"""The urgent notice as a page. Owns the form; the rules are in `agent_console/notices`."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from agent_console.access import Permission
from agent_console.authentication import principal
from agent_console.dependencies import DEPENDENCIES
from agent_console.notices.routes import NoticeIn, notice_now, set_notice
from agent_console.pages.desk import strip
from agent_console.pages.refusals import said_in
from agent_console.pages.rendering import render, texts_of
from agent_console.problems import Problem
from agent_console.routing import Route

HOURS = (1, 2, 4, 8, 12, 24, 72)


async def page(request: web.Request) -> web.Response:
    """Answer with what callers hear now, and the form."""
    return _page(request)


def _page(request: web.Request, typed: dict[str, str] | None = None, problem: Problem | None = None) -> web.Response:
    deps = request.app[DEPENDENCIES]
    now = notice_now(deps)
    said = said_in(texts_of(request), problem) if problem else ""
    values = {"notice": now, "hours": HOURS, "typed": typed if typed is not None else now.texts, "said": said}
    return render(request, "notice.html", strip(request) | values, status=problem.status if problem else 200)


async def post(request: web.Request) -> web.Response:
    """Switch it on or off, and show the page again; what was typed is kept when it is refused."""
    deps = request.app[DEPENDENCIES]
    given = await request.post()
    typed = {language: str(given.get(f"text-{language}", ""))[:2000] for language in deps.town.languages}
    hours = str(given.get("hours", "12"))
    ends = timedelta(hours=int(hours)) if hours in {str(one) for one in HOURS} else timedelta(hours=12)
    active = given.get("do") == "on"
    wanted = NoticeIn(active=active, texts=typed if active else {}, until=deps.clock() + ends if active else None)
    try:
        await set_notice(deps, wanted, principal(request).user.username)
    except Problem as problem:
        return _page(request, typed, problem)
    return web.Response(status=303, headers={"Location": "/console/notice"})


ROUTES = (
    Route("GET", "/console/notice", page, Permission.NOTICES_WRITE, "The urgent notice"),
    Route("POST", "/console/notice", post, Permission.NOTICES_WRITE, "Switch the urgent notice"),
)
