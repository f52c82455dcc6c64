"""Domain events: what edges tell each other over the bus, and what the live WebSocket sends.

Owns the event types and their names in INTERFACES (`call.*`, `case.*`, `order.*`, `operator.*`, `pop`). An event's
`data` never holds identity; who may see a caller's number gets it from the console by `linkedid`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class EventType(StrEnum):
    """Types of live events. The comment names the keys of `data`."""

    CALL_ARRIVED = "call.arrived"  # linkedid, did
    CALL_MENU = "call.menu"  # linkedid, node, keys, language
    CALL_QUEUED = "call.queued"  # linkedid, queue, position
    CALL_RINGING = "call.ringing"  # linkedid, operator (extension)
    CALL_ANSWERED = "call.answered"  # linkedid, operator, waited (s)
    CALL_MISSED_BY = "call.not_answered"  # linkedid, operator: it rang and nobody took it
    CALL_HELD = "call.held"  # linkedid, operator, held (bool)
    CALL_TRANSFERRED = "call.transferred"  # linkedid, by, to
    CALL_RECORDED = "call.recorded"  # linkedid, recording, seconds
    CALL_ENDED = "call.ended"  # linkedid, outcome
    CASE_CHANGED = "case.changed"  # case, status, event
    ORDER_CHANGED = "order.changed"  # order, case, state, path
    OPERATOR_CHANGED = "operator.changed"  # operator, state, reason, since
    POP = "pop"  # linkedid, operator
    ALARM = "alarm"  # id, level, text, mend, active
    NOTICE_CHANGED = "notice.changed"  # active


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. `at` is timezone-aware (UTC)."""

    type: EventType
    at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)
