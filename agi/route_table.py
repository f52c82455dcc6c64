"""The routes by name, with what they need. Owns the table; must not know what a route does."""

from __future__ import annotations

from functools import partial
from typing import Final

from agi.call_journal import StepCounter
from agi.dependencies import Dependencies
from agi.routes.alarm import alarm
from agi.routes.callback import callback
from agi.routes.callback_turn import callback_turn
from agi.routes.inbound import inbound
from agi.routes.message import message
from agi.routes.notice import notice
from agi.routes.order import order
from agi.server import Route
from calls.channel_variables import AgiRoute

_FUNCTIONS: Final = {
    AgiRoute.INBOUND: inbound,
    AgiRoute.MESSAGE: message,
    AgiRoute.NOTICE: notice,
    AgiRoute.ORDER: order,
    AgiRoute.ALARM: alarm,
    AgiRoute.CALLBACK: callback,
    AgiRoute.CALLBACK_TURN: callback_turn,
}


def route_table(needs: Dependencies) -> dict[str, Route]:
    """Return every route, ready for the server. One step counter serves them all: they share calls."""
    steps = StepCounter()
    return {name: partial(function, needs=needs, steps=steps) for name, function in _FUNCTIONS.items()}
