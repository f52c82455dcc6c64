"""Templates to responses. Owns the Jinja2 environment: autoescaping always on, undefined names are errors."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from agent_console.access import Permission, may
from agent_console.authentication import PRINCIPAL
from agent_console.dependencies import DEPENDENCIES, ConsoleDependencies
from agent_console.pages.moments import Moments, clock, duration
from agent_console.pages.texts import Texts
from calls.ids import CaseNumber

_TEMPLATES: Final = Path(__file__).parent.parent / "templates"
NAVIGATION: Final = (
    ("desk", "/console", Permission.OPERATOR_STATE),
    ("cases", "/console/cases", Permission.CASES_READ),
    ("calls", "/console/calls", Permission.CALLS_READ),
    ("missed", "/console/missed", Permission.MISSED_WORK),
    ("recordings", "/console/recordings", Permission.RECORDINGS_LISTEN),
    ("board", "/console/board", Permission.BOARD_READ),
    ("admin", "/console/admin", Permission.ADMINISTER),
)


class Pages:
    """The environment and the words."""

    def __init__(self, deps: ConsoleDependencies) -> None:
        self.texts = Texts(deps.language)
        self.environment = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        moments = Moments(deps.town.zone, self.texts)
        self.environment.globals.update(
            t=self.texts, word=self.texts.word, moments=moments, town=deps.town, language=deps.language
        )
        self.environment.filters.update(
            absolute=moments.absolute, iso=moments.iso, duration=duration, clock=clock, case_number=_case_number
        )


PAGES = web.AppKey("pages", Pages)


def render(
    request: web.Request, template: str, values: Mapping[str, Any] | None = None, *, status: int = 200
) -> web.Response:
    """Return a page. Every template gets the signed-in user, the form token, the navigation and now."""
    pages = request.app[PAGES]
    sender = request.get(PRINCIPAL)
    user = sender.user if sender else None
    navigation = [
        {"name": name, "address": address, "here": _is_here(request.path, address)}
        for name, address, permission in NAVIGATION
        if user is not None and may(user.role, permission)
    ]
    given = {
        "user": user,
        "csrf": sender.csrf if sender and sender.csrf else "",
        "navigation": navigation,
        "now": request.app[DEPENDENCIES].clock(),
        "path": request.path,
        "query": request.query,
    }
    text = pages.environment.get_template(template).render(given | dict(values or {}))
    return web.Response(text=text, content_type="text/html", status=status)


def _case_number(digits: str) -> str:
    return str(CaseNumber(digits))


def _is_here(path: str, address: str) -> bool:
    return path == address if address == "/console" else path.startswith(address)
