"""Tells the dialplan whose open case a caller has, while the caller is still in the menu. Owns when it is looked up.

The queue works without: when this process, the database or the manager interface is down, anybody takes the call.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from agent_console.dependencies import ConsoleDependencies
from calls.channel_variables import OWN_OPERATOR
from calls.events import Event, EventType
from calls.ports import CallControlError
from storage.database import DatabaseDown
from storage.own_operator import own_operator

_LOG = logging.getLogger(__name__)
_REMEMBERED: Final = 2000


class OwnOperators:
    """Run `run()` for the life of the console."""

    def __init__(self, deps: ConsoleDependencies, days: Callable[[], int]) -> None:
        """`days`: how far back a case's call counts; 0: nobody is told anything."""
        self._deps = deps
        self._days = days
        self._asked: OrderedDict[str, None] = OrderedDict()

    async def run(self) -> None:
        """Look up, until cancelled."""
        events = self._deps.bus.subscribe()
        try:
            while True:
                await self.on_event(await events.get())
        finally:
            events.close()

    async def on_event(self, event: Event) -> None:
        """Look a caller up at a step in the menu, once: by then it is stored who calls."""
        linkedid = str(event.data.get("linkedid", ""))
        days = self._days()
        if event.type is not EventType.CALL_MENU or not days or not linkedid or linkedid in self._asked:
            return
        try:
            async with self._deps.database.read() as connection:
                extension = await own_operator(connection, linkedid, self._deps.clock() - timedelta(days=days))
            if extension is None:
                return  # not stored yet: at the next step
            self._asked[linkedid] = None
            if len(self._asked) > _REMEMBERED:
                self._asked.popitem(last=False)
            if extension.isdigit():
                await self._deps.call_control.set_variable(linkedid, OWN_OPERATOR, extension)
        except (DatabaseDown, CallControlError) as error:
            _LOG.warning("%s: their own operator is not tried: %s", linkedid, error)
