"""The urgent notice from the console: on within seconds, spoken in each language, ending by itself, audited.

The sound is made before the notice is switched on, so that the next caller hears it at once. What was recorded by
telephone (`*71`) is shown and switched off here, too.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from aiohttp import web
from pydantic import AwareDatetime, BaseModel, Field

from agent_console.access import Permission
from agent_console.authentication import principal
from agent_console.dependencies import DEPENDENCIES, ConsoleDependencies
from agent_console.problems import Problem, not_listed
from agent_console.routing import Route, json_answer, read_body
from calls.events import Event, EventType
from calls.ports import SpeechError
from storage import audit_repository
from storage.urgent_notice import UrgentNoticeFile

LONGEST: Final = timedelta(days=14)
_LONGEST_TEXT: Final = 600


class NoticeIn(BaseModel):
    """The notice as it shall be. `texts`: language → what is said; a language without one hears the first language's.

    `until`: it ends by itself then; twelve hours from now when it is not given, at most fourteen days.
    """

    active: bool
    texts: dict[str, str] = Field(default_factory=dict, max_length=8)
    until: AwareDatetime | None = None


class NoticeNow(BaseModel):
    """The notice that callers hear now. `recorded`: by telephone; then there is no text."""

    active: bool
    recorded: bool = False
    texts: dict[str, str] = Field(default_factory=dict)
    since: datetime | None = None
    until: datetime | None = None
    by: str = ""


def _file(deps: ConsoleDependencies) -> UrgentNoticeFile:
    if deps.notice is None:
        raise Problem(503, "internal", "this console has no place for the urgent notice", reason="no_notice_here")
    return deps.notice


def notice_now(deps: ConsoleDependencies) -> NoticeNow:
    """Return what callers hear now."""
    found = deps.notice.current() if deps.notice is not None else None
    if found is None:
        return NoticeNow(active=False)
    return NoticeNow(
        active=True,
        recorded=bool(found.sound),
        texts=dict(found.texts),
        since=found.since,
        until=found.until,
        by=found.by,
    )


async def set_notice(deps: ConsoleDependencies, wanted: NoticeIn, actor: str) -> NoticeNow:
    """Switch it on or off. Raises Problem: no text, unknown language, an end that is past or too far, no voice."""
    file = _file(deps)
    now = deps.clock()
    texts = {language: " ".join(text.split()) for language, text in wanted.texts.items() if text.strip()}
    if wanted.active:
        _check(deps, texts, wanted.until, now)
        for language, text in texts.items():
            try:
                if deps.speak is not None:
                    await deps.speak(text, language)
            except SpeechError as error:
                raise Problem(
                    502, "not_spoken", f"{language}: {error}", field=f"texts.{language}", reason="field_not_spoken"
                ) from error
    data = {"texts": texts, "until": wanted.until.isoformat() if wanted.until else None} if wanted.active else {}
    async with deps.database.begin() as connection:
        await audit_repository.append(
            connection,
            at=now,
            actor=actor,
            action="notice_on" if wanted.active else "notice_off",
            target="urgent",
            data=data,
        )
    try:
        if wanted.active:
            await asyncio.to_thread(partial(file.switch_on, None, texts, until=wanted.until, by=actor))
        else:
            await asyncio.to_thread(file.switch_off)
    except OSError as error:
        raise Problem(
            503, "storage_down", f"the notice was not changed: {error.strerror}", reason="notice_not_written"
        ) from error
    await deps.bus.publish(Event(EventType.NOTICE_CHANGED, now, {"active": wanted.active}))
    return notice_now(deps)


def _check(deps: ConsoleDependencies, texts: dict[str, str], until: datetime | None, now: datetime) -> None:
    if not texts:
        raise Problem(422, "invalid_field", "write what is to be said", field="texts", reason="notice_empty")
    unknown = sorted(set(texts) - set(deps.town.languages))
    if unknown:
        raise not_listed(422, "texts", f"callers hear {', '.join(deps.town.languages)}", ", ".join(deps.town.languages))
    long = next((language for language, text in texts.items() if len(text) > _LONGEST_TEXT), None)
    if long is not None:
        what = f"at most {_LONGEST_TEXT} characters: callers wait for the menu"
        raise Problem(422, "invalid_field", what, field=f"texts.{long}", reason="field_too_long", most=_LONGEST_TEXT)
    if until is not None and not now < until <= now + LONGEST:
        raise Problem(
            422,
            "invalid_field",
            "it must end later than now, within fourteen days",
            field="until",
            reason="notice_ends",
        )


async def get(request: web.Request) -> web.Response:
    """Answer with what callers hear now."""
    return json_answer(notice_now(request.app[DEPENDENCIES]))


async def put(request: web.Request) -> web.Response:
    """Switch it on or off."""
    wanted = await read_body(request, NoticeIn)
    return json_answer(await set_notice(request.app[DEPENDENCIES], wanted, principal(request).user.username))


_URGENT = "/api/v1/notices/urgent"
ROUTES = (
    Route("GET", _URGENT, get, Permission.BOARD_READ, "The urgent notice that callers hear now", answer=NoticeNow),
    Route(
        "PUT", _URGENT, put, Permission.NOTICES_WRITE, "Switch the urgent notice on or off",
        body=NoticeIn, answer=NoticeNow,
    ),
)  # fmt: skip
