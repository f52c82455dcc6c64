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
    CALL_HELD = "call.held"  # linkedid, operator, held (bool), by: desk | phone
    CALL_TRANSFERRED = "call.transferred"  # linkedid, by, to (target), how: blind | attended | taken (somebody outside)
    CALL_CONSULTED = "call.consulted"  # linkedid, operator, target, state: ringing | talking | conference | over, why
    CALL_RETURNED = "call.returned"  # linkedid, target, why: nobody took the transfer, the caller comes back
    CALL_RECORDED = "call.recorded"  # linkedid, recording, seconds
    CALL_INTERRUPTED = "call.interrupted"  # linkedid, operator: the phone died, the caller is kept
    CALL_GIVEN_BACK = "call.given_back"  # linkedid, operator: the same operator has the caller again
    CALL_GIVEN_UP = "call.given_up"  # linkedid, operator: did not come back; the caller is first in the queue
    CALL_ENDED = "call.ended"  # linkedid, outcome
    CASE_CHANGED = "case.changed"  # case, status, event
    ORDER_CHANGED = "order.changed"  # order, case, state, path
    OPERATOR_CHANGED = "operator.changed"  # operator, state, reason, since, until, wanted, linkedid, fault
    OPERATOR_TALKS = "operator.talks"  # operator, linkedid, channel: the phone entered a conversation
    OPERATOR_HUNG_UP = "operator.hung_up"  # operator, linkedid, channel: one channel of the phone is over
    POP = "pop"  # linkedid, operator
    ALARM = "alarm"  # id, level, text, mend, active
    NOTICE_CHANGED = "notice.changed"  # active


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. `at` is timezone-aware (UTC)."""

    type: EventType
    at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)
