"""Recordings as a page: the list with its filters, and the player. Owns the filters and what the page gets."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from aiohttp import web

from agent_console.access import Permission
from agent_console.authentication import principal
from agent_console.dependencies import DEPENDENCIES, ConsoleDependencies
from agent_console.pages.desk import strip
from agent_console.pages.rendering import render
from agent_console.problems import Problem, not_found, not_listed
from agent_console.recordings.access import scope_of
from agent_console.recordings.schemas import SearchRecordings
from agent_console.recordings.service import detail, lines, search, wanted_of
from agent_console.routing import Route, query_integer
from agent_console.scores.schemas import FormShape
from agent_console.scores.service import form_shape
from calls.outcomes import CallOutcome
from storage import audit_repository, recording_search, score_form_repository

_PAGE: Final = 50
PURPOSES: Final = ("complaint", "quality", "case", "training")
SPEEDS: Final = ("0.75", "1", "1.25", "1.5", "2")
_LISTENED: Final = ("recording_listened", "recording_exported", "recording_text_read")
_FILTERS: Final = ("search", "case", "operator", "outcome", "kind", "begins", "until", "caller")


async def recordings_page(request: web.Request) -> web.Response:
    """Answer with the table of recordings and the player."""
    deps = request.app[DEPENDENCIES]
    given = {name: request.query.get(name, "")[:100] for name in _FILTERS}
    offset = query_integer(request, "offset", 0, low=0, high=10_000_000)
    wanted = wanted_of(deps, _asked(deps, given), given["caller"] or None)
    _, found, total = await search(request, wanted, limit=_PAGE, offset=offset)
    chosen_id = request.query.get("recording", "")[:64]
    chosen = None
    listened: tuple[audit_repository.AuditRow, ...] = ()
    if chosen_id:
        async with deps.database.read() as connection:
            row = await recording_search.get_within(connection, chosen_id, await scope_of(request))
            listened = await audit_repository.latest(connection, limit=10, target=chosen_id)
        if row is None:
            raise not_found("this recording", "no_recording")
        chosen = await detail(deps, row)
        if all(one.id != chosen_id for one in found):
            found = [*(await lines(deps, [row])), *found]
    filters = {name: value for name, value in given.items() if value}
    values = {
        "score_forms": await _score_forms(deps) if chosen is not None and chosen.kind == "call" else [],
        "rows": found,
        "total": total,
        "chosen": chosen,
        "listened": [row for row in listened if row.action in _LISTENED],
        "purposes": PURPOSES,
        "speeds": SPEEDS,
        "filters": given,
        "filter_query": urlencode(filters),
        "outcomes": [outcome.value for outcome in CallOutcome],
        "offset": offset,
        "page_size": _PAGE,
        "mine": principal(request).user.username,
    }
    return render(request, "recordings.html", strip(request) | values)


async def _score_forms(deps: ConsoleDependencies) -> list[FormShape]:
    async with deps.database.read() as connection:
        return [form_shape(one) for one in await score_form_repository.all_current(connection)]


async def find(request: web.Request) -> web.Response:
    """Turn the filled form into an address: a telephone number goes into it as its token, never as itself."""
    deps = request.app[DEPENDENCIES]
    form = await request.post()
    given = {name: str(form.get(name, "")).strip()[:100] for name in _FILTERS}
    token = wanted_of(deps, SearchRecordings(text=given["search"])).caller_token
    if token:
        given |= {"search": "", "caller": token}
    kept = {name: value for name, value in given.items() if value}
    return web.Response(status=303, headers={"Location": f"/console/recordings?{urlencode(kept)}"})


def _asked(deps: ConsoleDependencies, given: dict[str, str]) -> SearchRecordings:
    if given["kind"] not in ("", "call", "message", "order", "notice"):
        raise not_listed(400, "kind", "kind is call, message, order or notice", "call, message, order, notice")
    return SearchRecordings(
        text=given["search"],
        case=given["case"][:30],
        operator=given["operator"][:32],
        outcome=given["outcome"][:32],
        kind=given["kind"],
        begins=_day(deps, given["begins"], "begins"),
        before=_day(deps, given["until"], "until", days=1),
    )


def _day(deps: ConsoleDependencies, text: str, field: str, days: int = 0) -> datetime | None:
    """Return the beginning of a day of the town, `days` later; None for no day."""
    if not text:
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007  a day has no zone; its midnight does
    except ValueError as error:
        raise Problem(
            400, "invalid_field", f"{field} is a day, YYYY-MM-DD", field=field, reason="field_not_date"
        ) from error
    return datetime.combine(day + timedelta(days=days), time(), ZoneInfo(deps.town.zone))


ROUTES = (
    Route("GET", "/console/recordings", recordings_page, Permission.RECORDINGS_LISTEN, "Recordings"),
    Route("POST", "/console/recordings/find", find, Permission.RECORDINGS_LISTEN, "Find recordings"),
)
