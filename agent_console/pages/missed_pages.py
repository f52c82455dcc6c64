"""The worklist of missed calls as a page. Owns what the page is given; the rules are in `agent_console/missed`."""

from __future__ import annotations

from typing import Literal, cast

from aiohttp import web

from agent_console.access import Permission
from agent_console.authentication import principal
from agent_console.dependencies import DEPENDENCIES
from agent_console.missed.schemas import CloseMissed
from agent_console.missed.service import close_missed, list_missed
from agent_console.pages.desk import strip
from agent_console.pages.languages import language_of
from agent_console.pages.rendering import render
from agent_console.problems import not_listed
from agent_console.routing import Route, query_integer

_PAGE = 50


async def missed_page(request: web.Request) -> web.Response:
    """Answer with the worklist of calls that got nothing, or only its rows."""
    offset = query_integer(request, "offset", 0, low=0, high=10_000_000)
    closed = request.query.get("all") == "true"
    found = await list_missed(
        request.app[DEPENDENCIES],
        open_only=not closed,
        limit=_PAGE,
        offset=offset,
        language=language_of(request).catalogue,
    )
    values = {"found": found, "offset": offset, "page_size": _PAGE, "closed_too": closed}
    return render(request, "missed.html", strip(request) | values)


async def close_page(request: web.Request) -> web.Response:
    """Close a caller's row, and show the list again."""
    given = await request.post()
    how = str(given.get("how", ""))
    if how not in ("callback", "case", "reason"):
        raise not_listed(422, "how", "how is callback, case or reason", "callback, case, reason")
    through = str(given.get("through", ""))
    wanted = CloseMissed(
        how=cast("Literal['callback', 'case', 'reason']", how),
        note=str(given.get("note", ""))[:1000],
        through=int(through[:15]) if through.isascii() and through.isdigit() and int(through[:15]) else None,
    )
    missed_id = int(request.match_info["id"])
    await close_missed(request.app[DEPENDENCIES], missed_id, wanted, principal(request).user.username)
    return web.Response(status=303, headers={"Location": "/console/missed"})


ROUTES = (
    Route("GET", "/console/missed", missed_page, Permission.MISSED_WORK, "Missed calls"),
    Route("POST", r"/console/missed/{id:\d{1,15}}/close", close_page, Permission.MISSED_WORK, "Close one"),
)
