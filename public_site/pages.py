"""The pages of the public site, rendered on the server and readable without script. Owns requests and answers only."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from calls.ids import CaseNumber
from calls.ports import CaseStatusAnswer
from public_site.counts import counts
from public_site.dependencies import DEPENDENCIES, PublicDependencies
from public_site.texts import texts_in

log = logging.getLogger(__name__)
_TEMPLATES = Environment(
    loader=PackageLoader("public_site"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _language(request: web.Request, deps: PublicDependencies) -> str:
    asked = request.query.get("language", "")
    if asked in deps.town.languages:
        return asked
    for part in request.headers.get("Accept-Language", "").split(","):
        code = part.strip()[:2].lower()
        if code in deps.town.languages:
            return code
    return deps.town.default_language


def _shown(answer: CaseStatusAnswer, deps: PublicDependencies, language: str) -> Mapping[str, str]:
    texts = texts_in(language)
    zone = ZoneInfo(deps.town.time_zone)
    service = deps.town.service(answer.service_code)

    def local(moment: datetime | None) -> str:
        return f"{moment.astimezone(zone):%d.%m.%Y. %H:%M}" if moment else ""

    return {
        "number": str(answer.number),
        "service": service.name_in(language) if service else texts["unsorted"],
        "status": texts.get(f"status.{answer.status}", answer.status),
        "requested": local(answer.requested_at),
        "expected": local(answer.expected_at),
        "closed": local(answer.closed_at),
    }


def _shared(deps: PublicDependencies, language: str) -> dict[str, Any]:
    languages = [(code, texts_in(code)["language"]) for code in deps.town.languages]
    return {"texts": texts_in(language), "language": language, "languages": languages, "town": deps.town}


async def _page(request: web.Request, *, found: Mapping[str, str] | None, problem: str, asked: str) -> web.Response:
    deps = request.app[DEPENDENCIES]
    language = _language(request, deps)
    texts = texts_in(language)
    try:
        table = await counts(deps.database, deps.clock())
    except OSError as error:
        log.warning("the overview cannot be read: %s", error)
        table = None
    rows = None
    if table is not None:
        services = {service.code: service.name_in(language) for service in deps.town.services}
        rows = [(services.get(row.service_code or "", texts["unsorted"]), row) for row in table]
    html = _TEMPLATES.get_template("status.html").render(
        found=found,
        problem=texts[problem] if problem else "",
        asked=asked,
        rows=rows,
        **_shared(deps, language),
    )
    return web.Response(text=html, content_type="text/html", headers={"Cache-Control": "no-store"})


def error_page(request: web.Request, status: int) -> web.Response:
    """Return a page that says what is wrong and leads on; it asks nothing of the database."""
    deps = request.app[DEPENDENCIES]
    language = _language(request, deps)
    texts = texts_in(language)
    problem = "missing" if status == 404 else "unavailable" if status >= 500 else "unclear"
    html = _TEMPLATES.get_template("error.html").render(problem=texts[problem], **_shared(deps, language))
    return web.Response(text=html, status=status, content_type="text/html", headers={"Cache-Control": "no-store"})


async def status_page(request: web.Request) -> web.Response:
    """Show the search and the overview."""
    return await _page(request, found=None, problem="", asked="")


async def look_up(request: web.Request) -> web.Response:
    """Answer number and PIN, which come in the body so that no log and no history keeps them."""
    deps = request.app[DEPENDENCIES]
    form = await request.post()
    asked, pin = str(form.get("number", ""))[:40], str(form.get("pin", ""))[:12].strip()
    try:
        number = CaseNumber.parse(asked)
    except ValueError:
        return await _page(request, found=None, problem="malformed", asked=asked)
    try:
        answer = await deps.status.status_of(number, pin)
    except OSError as error:  # TimeoutError is one
        log.warning("a case cannot be looked up: %s", error)
        return await _page(request, found=None, problem="unavailable", asked=asked)
    if answer is None:
        return await _page(request, found=None, problem="unknown", asked=asked)
    return await _page(request, found=_shown(answer, deps, _language(request, deps)), problem="", asked=asked)
