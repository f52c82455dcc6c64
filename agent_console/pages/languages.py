"""The languages of the pages: Serbian in two scripts, and English. Owns which one a request gets.

Each account has its own; a cookie keeps the last one for the sign-in page. Cyrillic is made from the Latin catalogue.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from agent_console.authentication import HALF, PRINCIPAL, is_secure
from agent_console.dependencies import DEPENDENCIES

COOKIE: Final = "centrala_language"
_YEAR: Final = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the pages. `tag`: BCP 47, stands in `lang`; `catalogue`: its file of words; `locale`: of Babel."""

    tag: str
    catalogue: str
    locale: str
    name: str


LANGUAGES: Final = {
    one.tag: one
    for one in (
        Language("sr-Latn", "sr", "sr_Latn_RS", "Srpski"),
        Language("sr-Cyrl", "sr", "sr_Cyrl_RS", "Српски"),
        Language("en", "en", "en_GB", "English"),
    )
}


def language_of(request: web.Request) -> Language:
    """Return the language of this request: the account's, else the browser's last one, else the town's."""
    sender, half = request.get(PRINCIPAL), request.get(HALF)
    user = sender.user if sender else half.user if half else None
    town = request.app[DEPENDENCIES].language
    for tag in (user.language if user else "", request.cookies.get(COOKIE, "")):
        if tag in LANGUAGES:
            return LANGUAGES[tag]
    return next(one for one in LANGUAGES.values() if one.catalogue == town)


def remember(response: web.StreamResponse, request: web.Request, language: Language) -> None:
    """Keep the language for this browser's sign-in page."""
    response.set_cookie(
        COOKIE, language.tag, max_age=_YEAR, httponly=True, samesite="Strict", secure=is_secure(request), path="/"
    )
