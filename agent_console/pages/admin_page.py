"""The administrator's page: what is wrong and how to mend it, accounts, the newest of the audit log.

Owns the closing of an alarm that was mended.
"""

from __future__ import annotations

from aiohttp import web

from agent_console.access import Permission
from agent_console.authentication import principal
from agent_console.dependencies import DEPENDENCIES
from agent_console.pages.alarm_words import said
from agent_console.pages.desk import strip
from agent_console.pages.rendering import render, texts_of
from agent_console.problems import Problem, not_found
from agent_console.routing import Route
from calls.alarms import CLOSED_BY_HAND, kind_and_about
from storage import alarm_repository, audit_repository, user_repository

_HOME = "/console/admin"
_CHECKED = 1000  # rows of the audit log that the page checks; `doctor` may read them all


async def admin_page(request: web.Request) -> web.Response:
    """Answer with what is wrong and how to mend it, then accounts, then the newest of the audit log."""
    deps = request.app[DEPENDENCIES]
    async with deps.database.read() as connection:
        active = await alarm_repository.active_alarms(connection)
        users = await user_repository.list_users(connection)
        audit = await audit_repository.latest(connection, limit=30)
        broken = await audit_repository.first_broken_row(connection, newest=_CHECKED)
    alarms = [said(texts_of(request), alarm) for alarm in active]
    closable = {alarm.id for alarm in active if kind_and_about(alarm.id)[0] in CLOSED_BY_HAND}
    values = {"alarms": alarms, "closable": closable, "users": users, "audit": audit, "broken": broken}
    return render(request, "admin.html", strip(request) | values)


async def close_alarm(request: web.Request) -> web.Response:
    """Close an alarm that was mended, on record; the duty telephone is not rung about it any more."""
    alarm = str((await request.post()).get("alarm", ""))[:64]
    if kind_and_about(alarm)[0] not in CLOSED_BY_HAND:
        raise Problem(409, "conflict", "this alarm ends when its cause does", reason="alarm_ends_itself")
    deps = request.app[DEPENDENCIES]
    now, actor = deps.clock(), principal(request).user.username
    async with deps.database.begin() as connection:
        if not await alarm_repository.clear_alarm(connection, alarm, now):
            raise not_found("this alarm", "no_alarm")
        await audit_repository.append(connection, at=now, actor=actor, action="alarm_closed", target=alarm, data={})
    return web.Response(status=303, headers={"Location": _HOME})


ROUTES = (
    Route("GET", _HOME, admin_page, Permission.ADMINISTER, "Alarms, accounts, audit"),
    Route("POST", f"{_HOME}/alarms/close", close_alarm, Permission.ADMINISTER, "Close a mended alarm", most_bytes=8192),
)
