"""Addresses of an operator's own phone, and what its page needs. Thin."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from agent_console.access import Permission, may
from agent_console.authentication import principal
from agent_console.dependencies import DEPENDENCIES
from agent_console.phones.address import address_for
from agent_console.phones.choice import PhoneChoice
from agent_console.phones.logins import PhoneLogins
from agent_console.phones.schemas import PhoneLogin, PhoneNow, PhoneWanted
from agent_console.problems import Problem
from agent_console.routing import Route, json_answer, read_body
from calls.phones import PhoneKind, endpoint_of
from storage.user_repository import User

_LOG = logging.getLogger(__name__)
REALM: Final = "centrala"


@dataclass(frozen=True, slots=True)
class Phones:
    """Who answers with what, and the browsers' logins."""

    choice: PhoneChoice
    logins: PhoneLogins


PHONES = web.AppKey("phones", Phones)


def phone_of_page(request: web.Request, user: User | None) -> PhoneKind | None:
    """Return the kind of phone that the page's operator has chosen; None: no phone on this page."""
    if user is None or not user.extension or not may(user.role, Permission.OPERATOR_STATE):
        return None
    phones = request.app.get(PHONES)
    return phones.choice.of(user.extension) if phones is not None else None


def phone_of(app: web.Application, user: User) -> PhoneKind:
    """Return with what the account answers calls, and so where it is rung: a SIP phone unless it chose otherwise."""
    phones = app.get(PHONES)
    return phones.choice.of(user.extension) if phones is not None and user.extension else PhoneKind.SIP


async def run_phones(app: web.Application) -> AsyncIterator[None]:
    """Read who answers with what, and end logins in time, for as long as the application runs."""
    phones = app[PHONES]
    try:
        phones.logins.adopt(await phones.choice.load())
    except OSError as error:
        _LOG.warning("who answers in the browser is not known yet: %s", error)
    task = asyncio.create_task(phones.logins.run(), name="phone-logins")
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _phones(request: web.Request) -> tuple[Phones, str]:
    user = principal(request).user
    if not user.extension:
        raise Problem(
            409, "conflict", "this account has no extension: the administrator gives it one", reason="no_extension"
        )
    phones = request.app.get(PHONES)
    if phones is None:
        raise Problem(409, "conflict", "this installation has no telephone in the browser", reason="no_browser_phone")
    return phones, user.extension


async def get(request: web.Request) -> web.Response:
    """Answer with the sender's kind of phone. A login is never told twice."""
    phones, extension = _phones(request)
    return json_answer(PhoneNow(kind=phones.choice.of(extension)))


async def choose(request: web.Request) -> web.Response:
    """Let calls come to the browser or to the SIP phone; give the browser a login."""
    phones, extension = _phones(request)
    wanted = await read_body(request, PhoneWanted)
    if wanted.kind is PhoneKind.SIP:
        await phones.choice.choose(extension, PhoneKind.SIP)
        await phones.logins.take_back(extension)
        return json_answer(PhoneNow(kind=PhoneKind.SIP))
    if principal(request).csrf is None:
        raise Problem(
            403,
            "forbidden",
            "the phone in the browser belongs to the operator's own signed-in page",
            reason="not_with_token",
        )
    websocket = address_for(request.app[DEPENDENCIES], request)
    if not websocket:
        raise Problem(
            409,
            "conflict",
            "no address of the WebSocket is known for this page: set sip.websocket_url",
            reason="no_phone_address",
        )
    login = await phones.logins.give(extension, wanted.lease)
    await phones.choice.choose(extension, PhoneKind.BROWSER)
    endpoint = endpoint_of(extension, PhoneKind.BROWSER)
    return json_answer(
        PhoneNow(
            kind=PhoneKind.BROWSER,
            login=PhoneLogin(
                websocket=websocket,
                uri=f"sip:{endpoint}@{REALM}",
                username=endpoint,
                password=login.password,
                lease=login.lease,
                expires_at=login.expires_at,
            ),
        )
    )


ROUTES = (
    Route(
        "GET", "/api/v1/operators/me/phone", get, Permission.OPERATOR_STATE,
        "With what the sender answers", answer=PhoneNow, refusals=(409,),
    ),
    Route(
        "PUT", "/api/v1/operators/me/phone", choose, Permission.OPERATOR_STATE,
        "Answer in the browser (with a login for a few minutes) or with a SIP phone", body=PhoneWanted, answer=PhoneNow,
    ),
)  # fmt: skip
