"""AMI dictionaries as frozen dataclasses. Owns which headers we read; must not know what the console does with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from calls.channel_variables import OperatorLost
from calls.phones import extension_of_channel, extension_of_interface, phone_of_endpoint


@dataclass(frozen=True, slots=True)
class QueueCallerJoin:
    """A caller began to wait."""

    linkedid: str
    queue: str
    position: int


@dataclass(frozen=True, slots=True)
class AgentCalled:
    """The queue rings an operator's phone."""

    linkedid: str
    queue: str
    extension: str
    caller_number: str
    channel: str = ""


@dataclass(frozen=True, slots=True)
class AgentConnect:
    """An operator answered. `waited`: seconds in the queue."""

    linkedid: str
    queue: str
    extension: str
    waited: int


@dataclass(frozen=True, slots=True)
class AgentRingNoAnswer:
    """An operator's phone rang and nobody took it. `rang`: milliseconds."""

    linkedid: str
    queue: str
    extension: str
    rang: int


@dataclass(frozen=True, slots=True)
class QueueCallerAbandon:
    """A caller hung up while waiting."""

    linkedid: str
    queue: str


@dataclass(frozen=True, slots=True)
class PhoneGone:
    """An operator's phone is no longer registered: its connection closed, or it registered elsewhere."""

    endpoint: str


@dataclass(frozen=True, slots=True)
class CallWithoutOperator:
    """A caller lost an operator in mid-call. `what`: `interrupted`, `given-back`, `given-up`."""

    linkedid: str
    extension: str
    what: str


@dataclass(frozen=True, slots=True)
class PhoneBridged:
    """An operator's phone entered a conversation."""

    linkedid: str
    extension: str
    channel: str


@dataclass(frozen=True, slots=True)
class PhoneHungUp:
    """One channel of an operator's phone is over, answered or not."""

    linkedid: str
    extension: str
    channel: str


@dataclass(frozen=True, slots=True)
class OriginateResponse:
    """How an originated call began. `reason`: Asterisk's AST_CONTROL code, 4 = answered."""

    action_id: str
    answered: bool
    reason: int
    uniqueid: str


@dataclass(frozen=True, slots=True)
class FullyBooted:
    """The PBX is ready: first start, or after a restart on a living connection."""


PbxMessage = (
    QueueCallerJoin
    | AgentCalled
    | AgentConnect
    | AgentRingNoAnswer
    | QueueCallerAbandon
    | PhoneGone
    | CallWithoutOperator
    | PhoneBridged
    | PhoneHungUp
    | OriginateResponse
    | FullyBooted
)


def _integer(text: str) -> int:
    return int(text) if text.lstrip("-").isdigit() else 0


def parse_event(message: Mapping[str, str]) -> PbxMessage | None:
    """Return the typed event, or None for one that we do not use or that lacks its call."""
    name = message.get("event", "")
    linkedid = message.get("linkedid", "")
    queue = message.get("queue", "")
    extension = extension_of_interface(message.get("interface", "")) or ""
    if name == "FullyBooted":
        return FullyBooted()
    if name == "OriginateResponse":
        return OriginateResponse(
            action_id=message.get("actionid", ""),
            answered=message.get("response", "") == "Success",
            reason=_integer(message.get("reason", "")),
            uniqueid=message.get("uniqueid", ""),
        )
    if name == "ContactStatus":
        gone = message.get("contactstatus") == "Removed" and phone_of_endpoint(message.get("endpointname", ""))
        return PhoneGone(message["endpointname"]) if gone else None
    if not linkedid:
        return None
    if name == "UserEvent":
        return _without_operator(message, linkedid)
    if name == "QueueCallerJoin":
        return QueueCallerJoin(linkedid, queue, _integer(message.get("position", "")))
    if name == "AgentCalled":
        return AgentCalled(linkedid, queue, extension, message.get("calleridnum", ""), message.get("channel", ""))
    if name == "AgentConnect":
        return AgentConnect(linkedid, queue, extension, _integer(message.get("holdtime", "")))
    if name == "AgentRingNoAnswer":
        return AgentRingNoAnswer(linkedid, queue, extension, _integer(message.get("ringtime", "")))
    if name == "QueueCallerAbandon":
        return QueueCallerAbandon(linkedid, queue)
    channel = message.get("channel", "")
    phone = extension_of_channel(channel)
    if phone is not None and name == "BridgeEnter":
        return PhoneBridged(linkedid, phone, channel)
    if phone is not None and name == "Hangup":
        return PhoneHungUp(linkedid, phone, channel)
    return None


def _without_operator(message: Mapping[str, str], linkedid: str) -> CallWithoutOperator | None:
    if message.get("userevent") != OperatorLost.AMI_EVENT:
        return None
    named = message.get("operator", "")  # an endpoint, or a channel of it
    phone = phone_of_endpoint(named)
    extension = phone[0] if phone else extension_of_channel(named)
    return CallWithoutOperator(linkedid, extension or "", message.get("what", ""))
