"""One's own account: password, second factor, sessions, API tokens. Owns the forms; each lock is changed elsewhere.

Only a browser's session may come here: a token that could make tokens would never end. Whoever changes a lock gives
the password once more.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from agent_console.access import GRANTS, Permission, Role
from agent_console.account_watch import WATCH
from agent_console.api_tokens import new_api_token
from agent_console.authentication import Principal, principal
from agent_console.dependencies import DEPENDENCIES
from agent_console.guessing import visitor_of
from agent_console.pages.desk import strip
from agent_console.pages.rendering import render
from agent_console.problems import Problem
from agent_console.routing import Route
from agent_console.second_factor import SECOND_FACTOR
from agent_console.sign_in import SIGN_IN
from storage import audit_repository, second_factor_repository, session_repository, token_repository

_HOME = "/console/account"


def _mine(request: web.Request) -> Principal:
    sender = principal(request)
    if sender.csrf is None:
        raise Problem(403, "forbidden", "an account is changed in a browser, not with a token", reason="not_with_token")
    return sender


async def page(request: web.Request) -> web.Response:
    """Answer with the account's page."""
    return await _shown(request)


async def _shown(request: web.Request, status: int = 200, **said: object) -> web.Response:
    sender = _mine(request)
    deps = request.app[DEPENDENCIES]
    now = deps.clock()
    async with deps.database.read() as connection:
        username = sender.user.username
        sessions = await session_repository.sessions_of(connection, now, now - deps.doors.idle_length, username)
        tokens = await token_repository.tokens_of(connection, username)
        factor = await second_factor_repository.find(connection, username)
        left = await second_factor_repository.codes_left(connection, username)
    values: dict[str, Any] = {
        "sessions": sessions,
        "here": sender.door.id_hash,
        "tokens": tokens,
        "factor": factor,
        "codes_left": left,
        "factor_required": deps.doors.needs_second_factor(sender.user.role),
        "new_token": "",
        "wrong": "",
        "wrong_at": "",
        "wait": 0,
    }
    return render(request, "account.html", _strip(request) | values | said, status=status)


def _strip(request: web.Request) -> dict[str, Any]:
    return strip(request) if principal(request).may(Permission.BOARD_READ) else {}


async def _confirmed(request: web.Request, sender: Principal) -> None:
    password = str((await request.post()).get("password", ""))[:256]
    await request.app[SIGN_IN].confirm_password(sender.user, password, visitor_of(request))


async def _refused(request: web.Request, problem: Problem, where: str) -> web.Response:
    words = {"password": "account.wrong_password", "new_password": "account.short_password"}
    wrong = "login.wait" if problem.status == 429 else words.get(problem.field or "", "login.code_wrong")
    wait = problem.extra.get("retry_after", 0)
    return await _shown(request, problem.status, wrong=wrong, wrong_at=where, wait=wait)


def _back() -> web.Response:
    return web.Response(status=303, headers={"Location": _HOME})


async def change_password(request: web.Request) -> web.Response:
    """Replace the password; every other session of the account ends."""
    sender = _mine(request)
    new = str((await request.post()).get("new_password", ""))[:256]
    try:
        await _confirmed(request, sender)
        await request.app[SIGN_IN].change_password(sender.user, new, but=sender.door.id_hash)
    except Problem as problem:
        return await _refused(request, problem, "password")
    await request.app[WATCH].step()
    return _back()


async def close_session(request: web.Request) -> web.Response:
    """End one session, or all but this."""
    sender = _mine(request)
    which = str((await request.post()).get("session", ""))[:64]
    mine = sender.user.username
    if which:
        await request.app[SIGN_IN].sign_out(which, mine, mine)
    else:
        await request.app[SIGN_IN].sign_out_everywhere(mine, mine, but=sender.door.id_hash)
    await request.app[WATCH].step()
    return _back()


async def make_token(request: web.Request) -> web.Response:
    """Make an API token; it is shown on this one answer."""
    sender = _mine(request)
    given = await request.post()
    deps = request.app[DEPENDENCIES]
    try:
        await _confirmed(request, sender)
    except Problem as problem:
        return await _refused(request, problem, "token")
    scopes: frozenset[str] = frozenset()
    if "read_only" in given:
        scopes = frozenset(one.value for one in GRANTS[Role(sender.user.role)] if one.value.endswith(".read"))
    now = deps.clock()
    label = " ".join(str(given.get("label", "")).split())[:60]
    clear, token = new_api_token(sender.user.username, sender.user.username, label, scopes, now, deps.doors)
    async with deps.database.begin() as connection:
        await token_repository.add_token(connection, token)
        data = {"token": token.token_hash[:12]}
        await audit_repository.append(
            connection, at=now, actor=token.username, action="token_made", target=token.username, data=data
        )
    return await _shown(request, new_token=clear)


async def revoke_token(request: web.Request) -> web.Response:
    """Close one of the account's tokens."""
    sender = _mine(request)
    which = str((await request.post()).get("token", ""))[:64]
    deps = request.app[DEPENDENCIES]
    mine, now = sender.user.username, deps.clock()
    async with deps.database.begin() as connection:
        if len(which) == 64 and await token_repository.revoke(connection, mine, now, starts_with=which):
            data = {"token": which[:12]}
            await audit_repository.append(
                connection, at=now, actor=mine, action="token_revoked", target=mine, data=data
            )
    await request.app[WATCH].step()
    return _back()


async def factor_form(request: web.Request) -> web.Response:
    """Answer with the picture for the authenticator."""
    sender = _mine(request)
    values = {"error": "", "seconds": 0, "enrolment": request.app[SECOND_FACTOR].begin(sender.user), "own": True}
    return render(request, "second_factor.html", _strip(request) | values)


async def enrol_factor(request: web.Request) -> web.Response:
    """Store a second factor in place of the one before it."""
    sender = _mine(request)
    given = await request.post()
    factor, sealed = request.app[SECOND_FACTOR], str(given.get("sealed", ""))[:400]
    try:
        await _confirmed(request, sender)
        codes = await factor.enrol(sender.user, sealed, str(given.get("code", ""))[:40], visitor_of(request))
    except Problem as problem:
        wrong = "account.wrong_password" if problem.field == "password" else "login.code_wrong"
        values = {
            "error": "login.wait" if problem.status == 429 else wrong,
            "seconds": problem.extra.get("retry_after", 0),
            "enrolment": factor.begin(sender.user, sealed),
            "own": True,
        }
        return render(request, "second_factor.html", values, status=problem.status)
    return render(request, "recovery_codes.html", {"codes": codes, "onward": _HOME})


async def change_factor(request: web.Request) -> web.Response:
    """Make new recovery codes, or do without a second factor where the policy lets."""
    sender = _mine(request)
    how = str((await request.post()).get("how", ""))
    try:
        await _confirmed(request, sender)
    except Problem as problem:
        return await _refused(request, problem, "factor")
    if how == "remove":
        await request.app[SECOND_FACTOR].remove(sender.user)
        return _back()
    codes = await request.app[SECOND_FACTOR].new_codes(sender.user)
    return render(request, "recovery_codes.html", {"codes": codes, "onward": _HOME})


_SIGNED_IN = Permission.SIGNED_IN
ROUTES = (
    Route("GET", _HOME, page, _SIGNED_IN, "One's own account"),
    Route("POST", f"{_HOME}/password", change_password, _SIGNED_IN, "Change the password", most_bytes=8192),
    Route("POST", f"{_HOME}/sessions", close_session, _SIGNED_IN, "End sessions", most_bytes=8192),
    Route("POST", f"{_HOME}/tokens", make_token, _SIGNED_IN, "Make an API token", most_bytes=8192),
    Route("POST", f"{_HOME}/tokens/revoke", revoke_token, _SIGNED_IN, "Revoke an API token", most_bytes=8192),
    Route("GET", f"{_HOME}/second-factor", factor_form, _SIGNED_IN, "Enrol a second factor"),
    Route("POST", f"{_HOME}/second-factor", enrol_factor, _SIGNED_IN, "Enrol", most_bytes=8192),
    Route("POST", f"{_HOME}/second-factor/change", change_factor, _SIGNED_IN, "New recovery codes, or none"),
)
