"""The operators of a simulated day: telephones and the API, in the order in which people use them. Owns their books.

What an operator writes down (when it rang, was answered, was over, when the outcome was chosen) is the truth; what the
product answers is used to act, never as a truth.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from centrala.drill.day_books import Ring, Stretch, WrappedUp
from centrala.drill.day_page import DeskPage
from centrala.drill.day_phone import DayPhone
from centrala.drill.day_script import Caller, Plan
from centrala.drill.site import Site
from centrala.errors import CommandFailed

log = logging.getLogger(__name__)
STATE: Final = "/api/v1/operators/me/state"
_PATIENCE: Final = 90.0
_WRAP_UP: Final = "/api/v1/operators/me/wrapup"
_STEP: Final = 0.3
_UNASKED: Final = 8.0
"""Seconds after which a desk that asks for no outcome will not ask."""
_PASSED_RING: Final = 0.5
_REFRESHED_EVERY: Final = 3
"""Conversations of an operator with a page, of which one sees it loaded anew."""
_STRANGER: Final = Caller("", Plan.CALLBACK, "", 0, talk=4.0)


@dataclass(slots=True)
class Room:
    """What all operators know: who calls, which callers were refused once, whom each caller was passed on to."""

    site: Site
    callers: Mapping[str, Caller]
    refused: set[str] = field(default_factory=set)
    passed: dict[str, str] = field(default_factory=dict)
    reserved: set[str] = field(default_factory=set)
    specialists: tuple[str, ...] = ()
    wrapped: list[WrappedUp] = field(default_factory=list)
    stretches: list[Stretch] = field(default_factory=list)
    unasked: list[str] = field(default_factory=list)

    async def ask(self, method: str, path: str, user: str, body: Any = None, key: str = "") -> Any:  # noqa: ANN401 - JSON
        """Call the API, again while the console is away. Raises CommandFailed when it stays away, OSError (refused)."""
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                return await asyncio.to_thread(self.site.api, method, path, user, body, key)
            except OSError as error:
                code = getattr(error, "code", 503)
                if code < 500 and code != 429:
                    raise
                if time.monotonic() > end:
                    raise CommandFailed(f"{method} {path}: {error}") from error
                await asyncio.sleep(_STEP)


class Operator:
    """One telephone and who sits at it. A specialist is away from the queue, and takes what colleagues pass on."""

    def __init__(self, room: Room, extension: str, tasks: asyncio.TaskGroup) -> None:
        self.extension, self._room, self._tasks = extension, room, tasks
        self.phone = DayPhone(extension, self._rings)
        self.page: DeskPage | None = None
        """The console of an operator who sits at one; the others' clients speak to the API."""
        self._served = 0
        self.state = ""
        """What was asked for last."""
        self._now: Ring | None = None
        self._at_work = 0
        self._desk = asyncio.Lock()
        self.idle = asyncio.Event()
        """Neither a call nor a wrap-up."""
        self.idle.set()
        self._session: Stretch | None = None
        self._pause: Stretch | None = None

    async def be(self, state: str) -> None:
        """Ask for `ready`, `paused:REASON` or `offline` and write down when it became true."""
        asked = time.time()
        if self.page is not None:
            await self.page.be(state)
        else:
            await self._room.ask("PUT", STATE, self.extension, {"state": state, "wrap_up": True})
        moment, self.state = (asked, time.time()), state
        if self._pause is not None:
            self._pause.ended = moment
            self._pause = None
        if self._session is None:
            self._session = self._begin("session", moment)
        if state == "offline":
            self._session.ended = moment
            self._session = None
        elif state.startswith("paused"):
            self._pause = self._begin("pause", moment)

    def _begin(self, what: str, moment: tuple[float, float]) -> Stretch:
        stretch = Stretch(self.extension, what, moment)
        self._room.stretches.append(stretch)
        return stretch

    def _rings(self, ring: Ring) -> None:
        if self._now is not None:
            self.phone.refuse(ring)
            return
        self._now = ring
        self._at_work += 1
        self.idle.clear()
        self._tasks.create_task(self._serve(ring))

    async def _serve(self, ring: Ring) -> None:
        room, caller = self._room, self._room.callers.get(ring.number, _STRANGER)
        ring.passed = room.passed.get(ring.number) == self.extension
        try:
            await _until_over(ring, _PASSED_RING if ring.passed else caller.ring)
            if caller.refused and ring.number not in room.refused and not ring.ended:
                room.refused.add(ring.number)
                self.phone.refuse(ring)
            if not self.phone.answer(ring):
                return
            self._served += 1
            if self.page is not None and self._served % _REFRESHED_EVERY == 0:
                self._tasks.create_task(self._refresh(self.page))
            await _until_over(ring, caller.talk)
            if caller.passed_on and ring.number not in room.passed and not ring.ended:
                await self._pass_on(ring)
            await self.phone.hang_up(ring)
            self._now = None  # the next call may ring as soon as the outcome is chosen
            async with self._desk:
                await self._wrap_up(ring, caller)
        finally:
            self._now = None if self._now is ring else self._now
            self._at_work -= 1
            if not self._at_work:
                self.idle.set()
            room.reserved.discard(self.extension)

    async def _refresh(self, page: DeskPage) -> None:
        async with self._desk:  # the outcome waits for the page
            await page.refresh()

    async def _pass_on(self, ring: Ring) -> None:
        """Send the caller to a specialist who is free; if there is none, this operator ends the conversation."""
        room = self._room
        free = next((one for one in room.specialists if one not in room.reserved | {self.extension}), None)
        if free is None:
            return
        room.reserved.add(free)
        room.passed[ring.number] = free
        key, end = uuid.uuid4().hex, time.monotonic() + _PATIENCE
        try:
            while not ring.ended and time.monotonic() < end:
                row = await self._row()
                if row.get("linkedid"):
                    path = f"/api/v1/calls/{row['linkedid']}/transfer"
                    await room.ask("POST", path, self.extension, {"target": f"operator-{free}"}, key)
                    await _until_over(ring, 5.0)
                    return
                await asyncio.sleep(_STEP)
        except (OSError, CommandFailed) as error:
            log.warning("%s could not pass %s on: %s", self.extension, ring.number, error)
        room.reserved.discard(free)

    async def _wrap_up(self, ring: Ring, caller: Caller) -> None:
        """Choose the outcome, and press again while the desk still asks for it; a desk that asks nothing is let be."""
        await asyncio.sleep(caller.wrap_up)
        room, low, end = self._room, 0.0, time.monotonic() + _PATIENCE
        outcome, unasked = caller.outcome or "informed", time.monotonic() + _UNASKED
        while time.monotonic() < end:
            try:
                state = (await self._row()).get("state")
                if low and state != "wrapup":  # free, or with the next caller already
                    break
                if state == "wrapup":
                    asked, key = time.time(), uuid.uuid4().hex
                    if self.page is not None:
                        await self.page.outcome(outcome)
                    else:
                        await room.ask("POST", _WRAP_UP, self.extension, {"outcome": outcome}, key)
                    low = low or asked
                    continue
                if self._now is not None or (state != "talking" and time.monotonic() > unasked):
                    break
            except (OSError, CommandFailed) as error:
                log.info("%s could not wrap up %s yet: %s", self.extension, ring.number, error)
            await asyncio.sleep(_STEP)
        if low:
            room.wrapped.append(WrappedUp(self.extension, ring.number, ring.ended, low, time.time(), outcome))
        elif not ring.broken:
            room.unasked.append(f"{self.extension} was not asked how the conversation with {ring.number} ended")

    async def _row(self) -> dict[str, Any]:
        items = (await self._room.ask("GET", "/api/v1/operators", self.extension))["items"]
        return next((one for one in items if one["extension"] == self.extension), {})


async def _until_over(ring: Ring, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await ring.over.wait()
    except TimeoutError:
        return
