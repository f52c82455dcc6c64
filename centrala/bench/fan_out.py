"""One event to many listeners: from the moment that it happened to its arrival at each. Owns the sequence of events.

The console is measured beside a bare broadcast loop of the same HTTP library, in the same run, with the same
listeners. Listeners and servers share this machine's clock; an event carries the time at which it happened.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import ClientSession

from centrala.bench.live_clients import live_clients, sent_at
from centrala.errors import CommandFailed

_TYPE = "operator.changed"
_LIMIT = 20.0
Cause = Callable[[ClientSession, int], Awaitable[None]]
"""Makes the server send event number N to everybody."""


@dataclass(slots=True)
class FanOut:
    """`ms`: every listener's delay of every event; `lost`: events that a listener did not get."""

    listeners: int
    ms: list[float] = field(default_factory=list)
    lost: int = 0


async def measure_fan_out(url: str, tokens: list[str], cause: Cause, events: int) -> FanOut:
    """Cause `events` events, each after the one before has reached everybody. Raises CommandFailed."""
    found = FanOut(len(tokens))
    arrivals: list[tuple[float, bytes]] = []
    heard = asyncio.Event()

    def note(now: float, payload: bytes) -> None:
        if _TYPE.encode() in payload:
            arrivals.append((now, payload))
            if len(arrivals) >= len(tokens):
                heard.set()

    async with live_clients(url, tokens, note), ClientSession() as session:
        for number in range(events + 1):
            arrivals.clear()
            heard.clear()
            await cause(session, number)
            try:
                async with asyncio.timeout(_LIMIT):
                    await heard.wait()
            except TimeoutError:
                found.lost += len(tokens) - len(arrivals)
            if number:  # the first one warms up
                _, happened = sent_at(arrivals[0][1]) if arrivals else ("", 0.0)
                found.ms += [(now - happened) * 1000 for now, _ in arrivals[: len(tokens)]]
            await asyncio.sleep(0.1)  # each event by itself: the next must not meet the last one's writes
    return found


def operator_changes(address: str, token: str, reason: str) -> Cause:
    """Return what makes the console tell every page something: an operator pauses (`reason`), then is ready again."""

    async def cause(session: ClientSession, number: int) -> None:
        state = {"state": "ready" if number % 2 else f"paused:{reason}"}
        headers = {"Authorization": f"Bearer {token}"}
        async with session.put(f"{address}/api/v1/operators/me/state", json=state, headers=headers) as answer:
            if answer.status != 200:
                raise CommandFailed(f"the operator's state was refused: {(await answer.text())[:200]}")

    return cause


def broadcasts(address: str) -> Cause:
    """Return what makes the bare loop send."""

    async def cause(session: ClientSession, number: int) -> None:
        data = {"operator": "2001", "state": "ready", "reason": "", "since": str(number)}
        async with session.post(f"{address}/say", json=data) as answer:
            if answer.status != 200:
                raise CommandFailed(f"the bare loop refused: {answer.status}")

    return cause
