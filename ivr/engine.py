"""The flow engine: `start` and `resume` a call in a set of flows. Pure: it says what to do, and never does it.

Must not know Asterisk, sockets, files or the clock (`CallContext.now` is passed in).
"""

from __future__ import annotations

from ivr.answers import Answer
from ivr.context import CallContext
from ivr.loader import Flows
from ivr.session import Session
from ivr.turn import Turn


def start(flows: Flows, flow: str, context: CallContext, language: str = "") -> Turn:
    """Begin `flow` (`inbound`, `message`). `language`: what the caller chose before, else the town's default."""
    raise NotImplementedError


def resume(flows: Flows, session: Session, answer: Answer, context: CallContext) -> Turn:
    """Go on from the wait at which `session` stands. An answer that the wait does not accept is a failure of the node:
    its `on_failure` decides."""
    raise NotImplementedError


def repeat(flows: Flows, session: Session, context: CallContext) -> Turn:
    """Say again what the call waits for: another server goes on after a crash. Secrets lost are asked for again."""
    raise NotImplementedError
