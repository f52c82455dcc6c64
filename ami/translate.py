"""PBX messages to domain events. Pure; owns the mapping, must not know sockets."""

from __future__ import annotations

from datetime import datetime

from ami.messages import (
    AgentCalled,
    AgentConnect,
    AgentRingNoAnswer,
    CallWithoutOperator,
    PbxMessage,
    PhoneBridged,
    PhoneHungUp,
    QueueCallerAbandon,
    QueueCallerJoin,
)
from calls.events import Event, EventType

_WITHOUT_OPERATOR = {
    "interrupted": EventType.CALL_INTERRUPTED,
    "given-back": EventType.CALL_GIVEN_BACK,
    "given-up": EventType.CALL_GIVEN_UP,
}


def to_events(message: PbxMessage, now: datetime) -> tuple[Event, ...]:
    """Return the domain events that a PBX message means; a ringing phone is a state and a pop for its operator."""
    match message:
        case QueueCallerJoin(linkedid, queue, position):
            data = {"linkedid": linkedid, "queue": queue, "position": position}
            return (Event(EventType.CALL_QUEUED, now, data),)
        case AgentCalled(linkedid, queue, extension, _, _):
            data = {"linkedid": linkedid, "operator": extension, "queue": queue}
            return (Event(EventType.POP, now, data), Event(EventType.CALL_RINGING, now, data))
        case AgentConnect(linkedid, queue, extension, waited):
            data = {"linkedid": linkedid, "operator": extension, "queue": queue, "waited": waited}
            return (Event(EventType.CALL_ANSWERED, now, data),)
        case AgentRingNoAnswer(linkedid, queue, extension, _):
            data = {"linkedid": linkedid, "operator": extension, "queue": queue}
            return (Event(EventType.CALL_MISSED_BY, now, data),)
        case QueueCallerAbandon(linkedid, queue):
            return (Event(EventType.CALL_ENDED, now, {"linkedid": linkedid, "outcome": "abandoned_queue"}),)
        case CallWithoutOperator(linkedid, extension, what) if what in _WITHOUT_OPERATOR:
            return (Event(_WITHOUT_OPERATOR[what], now, {"linkedid": linkedid, "operator": extension}),)
        case PhoneBridged(linkedid, extension, channel) | PhoneHungUp(linkedid, extension, channel):
            kind = EventType.OPERATOR_TALKS if isinstance(message, PhoneBridged) else EventType.OPERATOR_HUNG_UP
            return (Event(kind, now, {"linkedid": linkedid, "operator": extension, "channel": channel}),)
        case _:
            return ()
