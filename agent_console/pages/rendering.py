"""Templates to responses. Owns the Jinja2 environment: autoescaping always on, undefined names are errors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from agent_console.access import Permission, may
from agent_console.authentication import HALF, PRINCIPAL
from agent_console.dependencies import DEPENDENCIES, ConsoleDependencies
from agent_console.pages.languages import LANGUAGES, language_of
from agent_console.pages.moments import Moments, clock, duration
from agent_console.pages.texts import Texts
from agent_console.phones.routes import phone_of_page
from agent_console.town_view import TownView
from calls.ids import CaseNumber

_TEMPLATES: Final = Path(__file__).parent.parent / "templates"
NAVIGATION: Final = (
    ("desk", "/console", Permission.OPERATOR_STATE),
    ("cases", "/console/cases", Permission.CASES_READ),
    ("calls", "/console/calls", Permission.CALLS_READ),
    ("missed", "/console/missed", Permission.MISSED_WORK),
    ("recordings", "/console/recordings", Permission.RECORDINGS_LISTEN),
    ("my_scores", "/console/scores/mine", Permission.SCORES_OWN),
    ("board", "/console/board", Permission.BOARD_READ),
    ("notice", "/console/notice", Permission.NOTICES_WRITE),
    ("reports", "/console/reports", Permission.REPORTS_READ),
    ("operators", "/console/operators", Permission.OPERATORS_MANAGE),
    ("admin", "/console/admin", Permission.ADMINISTER),
)


class Pages:
    """The environment, and the words of each language."""

    def __init__(self, deps: ConsoleDependencies) -> None:
        self.environment = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.texts = {tag: Texts(one, _town_words(deps.town, one.catalogue)) for tag, one in LANGUAGES.items()}
        self.moments = {tag: Moments(deps.town.zone, words) for tag, words in self.texts.items()}
        self.environment.globals.update(town=deps.town, languages=tuple(LANGUAGES.values()))
        self.environment.filters.update(
            absolute=_absolute, number=_number, iso=_iso, duration=duration, clock=clock, case_number=_case_number
        )


def _town_words(town: TownView, language: str) -> dict[str, str]:
    outcomes = {f"wrapup.{outcome.id}": outcome.name_in(language) for outcome in town.desk.outcomes}
    places = {f"place.{node}": words.get(language) or words.get("sr", "") for node, words in town.places.items()}
    queues = {
        f"queue_name.{name}": words.get(language) or words.get("sr") or name for name, words in town.queue_names.items()
    }
    return outcomes | places | queues


@pass_context
def _absolute(context: Context, moment: datetime | None) -> str:
    moments: Moments = context["moments"]
    return moments.absolute(moment)


@pass_context
def _number(context: Context, value: float) -> str:
    moments: Moments = context["moments"]
    return moments.number(value)


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


PAGES = web.AppKey("pages", Pages)


def texts_of(request: web.Request) -> Texts:
    """Return the words of the sender's language."""
    return request.app[PAGES].texts[language_of(request).tag]


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
    language, texts = language_of(request), texts_of(request)
    given = {
        "t": texts,
        "word": texts.word,
        "queue_name": texts.queue,
        "target_name": partial(target_in, request.app[DEPENDENCIES].town, texts),
        "reasons": partial(reasons_in, texts),
        "moments": pages.moments[language.tag],
        "language": language.catalogue,
        "lang": language.tag,
        "user": user,
        "csrf": _csrf(request),
        "navigation": navigation,
        "now": request.app[DEPENDENCIES].clock(),
        "path": request.path,
        "page_path": request.path,  # a page may have a `path` of its own
        "phone": phone_of_page(request, user),
        "phone_words": texts.group("phone"),
        "query": request.query,
    }
    text = pages.environment.get_template(template).render(given | dict(values or {}))
    return web.Response(text=text, content_type="text/html", status=status)


def _csrf(request: web.Request) -> str:
    sender, half = request.get(PRINCIPAL), request.get(HALF)
    return (sender.csrf if sender else half.csrf if half else "") or ""


def reasons_in(texts: Texts, stored: str) -> str:
    """Return stored reasons of a match (`same street; within 12 m; …`) in the page's words; a person's own stay."""
    found = []
    for part in (one.strip() for one in stored.split(";")):
        metres = re.fullmatch(r"within (\d+) m", part)
        key = {"same category": "same_service", "same street": "same_street"}.get(part)
        if metres is not None:
            found.append(texts("why.within", metres=metres[1]))
        else:
            found.append(texts(f"why.{key}") if key else part)
    return " · ".join(found)


def target_in(town: TownView, texts: Texts, target: str) -> str:
    """Return what a transfer's target (`calls.conversation.Target`'s word) is called."""
    kind, _, name = target.partition("-")
    return texts.queue(name) if kind == "queue" else town.target_name(target)


def _case_number(digits: str) -> str:
    return str(CaseNumber(digits))


def _is_here(path: str, address: str) -> bool:
    return path == address if address == "/console" else path.startswith(address)
