"""How many requests an account may send to what creates and to what is costly. Owns the middleware and its counters.

One account that runs wild (a broken program, a stolen token) cannot take the console from the others.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from aiohttp import web

from agent_console.authentication import PRINCIPAL
from agent_console.dependencies import DEPENDENCIES
from agent_console.door_policy import DoorPolicy
from agent_console.problems import Problem
from agent_console.rate_limit import RateLimit
from agent_console.routing import Handler, route_of

_MINUTE: Final = timedelta(minutes=1)


class RequestLimits:
    """A limit for each kind of route."""

    def __init__(self, policy: DoorPolicy) -> None:
        self._limits = {
            "creates": RateLimit(policy.creates_per_minute, _MINUTE),
            "costly": RateLimit(policy.costly_per_minute, _MINUTE),
        }

    def of(self, kind: str) -> RateLimit | None:
        """Return the limit of a kind (`Route.limited_as`), None when it has none."""
        return self._limits.get(kind)


REQUEST_LIMITS = web.AppKey("request_limits", RequestLimits)


@web.middleware
async def limit_requests(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer 429 with `Retry-After` when the account sends too many."""
    route, sender = route_of(request), request.get(PRINCIPAL)
    limit = request.app[REQUEST_LIMITS].of(route.limited_as) if route and sender else None
    if limit is not None and sender is not None:
        wait = limit.take(sender.user.username, request.app[DEPENDENCIES].clock())
        if wait:
            raise Problem(429, "too_many_requests", f"wait {wait} s and try again", retry_after=wait)
    return await handler(request)
