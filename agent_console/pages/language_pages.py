"""Changing the language of the pages. Owns the two ways: for an account, and for a browser nobody is signed in to."""

from __future__ import annotations

from aiohttp import web

from agent_console.access import Permission
from agent_console.authentication import AUTHENTICATION, principal
from agent_console.dependencies import DEPENDENCIES
from agent_console.pages.languages import LANGUAGES, Language, remember
from agent_console.problems import not_listed
from agent_console.routing import Route
from storage import user_repository


async def _wanted(request: web.Request) -> tuple[Language, str]:
    given = await request.post()
    language = LANGUAGES.get(str(given.get("language", "")))
    if language is None:
        raise not_listed(422, "language", f"language is one of {', '.join(LANGUAGES)}", ", ".join(LANGUAGES))
    back = str(given.get("back", "/"))[:300]
    # A path of our own: anything else would make this address a signpost to elsewhere.
    is_ours = back.startswith("/") and not back.startswith("//") and back.isascii() and back.isprintable()
    return language, back if is_ours and "\\" not in back else "/"


async def change(request: web.Request) -> web.Response:
    """Remember the language of the account."""
    language, back = await _wanted(request)
    sender = principal(request)
    async with request.app[DEPENDENCIES].database.begin() as connection:
        await user_repository.set_language(connection, sender.user.username, language.tag)
    request.app[AUTHENTICATION].forget_account(sender.user.username)
    response = web.Response(status=303, headers={"Location": back})
    remember(response, request, language)
    return response


async def change_here(request: web.Request) -> web.Response:
    """Remember the language of this browser."""
    language, _ = await _wanted(request)
    response = web.Response(status=303, headers={"Location": "/login"})
    remember(response, request, language)
    return response


ROUTES = (
    Route("POST", "/language", change, Permission.SIGNED_IN, "Language of one's pages", most_bytes=8192),
    Route("POST", "/login/language", change_here, Permission.PUBLIC, "Language of the sign-in page", most_bytes=8192),
)
