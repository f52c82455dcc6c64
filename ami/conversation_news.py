"""What the PBX tells of conversations under way: holds and transfers by a telephone's own keys, and how ours go.

Owns the reading of these events and their meaning as domain events. Hints for the live pages: the record is CEL's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from calls.channel_variables import USER_EVENT_CALL
from calls.events import Event, EventType
from calls.phones import extension_of_channel


@dataclass(frozen=True, slots=True)
class PhoneHold:
    """A telephone held its line, or took it back."""

    linkedid: str
    uniqueid: str
    channel: str
    extension: str
    held: bool


@dataclass(frozen=True, slots=True)
class PhoneTransfer:
    """A telephone sent the other side on by its own keys. `target`: an extension, empty when not known."""

    linkedid: str
    by: str
    target: str
    attended: bool


@dataclass(frozen=True, slots=True)
class CallNews:
    """A line of `dialplans/call_control.conf.j2`. `what`: failed, returning, queue, consult-over.

    `target` is a word as `calls.conversation.Target`; `why` is Asterisk's DIALSTATUS.
    """

    linkedid: str
    what: str
    target: str
    why: str


News = PhoneHold | PhoneTransfer | CallNews


def parse_news(message: Mapping[str, str]) -> News | None:
    """Return the typed event; None for any other, and for telephones that are no operator's."""
    name = message.get("event", "")
    if name in {"Hold", "Unhold"}:
        channel = message.get("channel", "")
        extension = extension_of_channel(channel)
        linkedid = message.get("linkedid", "")
        if extension is None or not linkedid:
            return None
        return PhoneHold(linkedid, message.get("uniqueid", ""), channel, extension, name == "Hold")
    if name in {"BlindTransfer", "AttendedTransfer"}:
        return _transfer(message, attended=name == "AttendedTransfer")
    if name == "UserEvent" and message.get("userevent") == USER_EVENT_CALL and message.get("call"):
        return CallNews(message["call"], message.get("what", ""), message.get("to", ""), message.get("why", ""))
    return None


def _transfer(message: Mapping[str, str], *, attended: bool) -> PhoneTransfer | None:
    if message.get("result", "").lower() != "success":
        return None
    who = "origtransferer" if attended else "transferer"
    by = extension_of_channel(message.get(f"{who}channel", ""))
    linkedid = message.get("transfereelinkedid") or message.get(f"{who}linkedid", "")
    if by is None or not linkedid:
        return None
    if attended:
        target = extension_of_channel(message.get("transfertargetchannel", "")) or ""
    else:
        target = message.get("extension", "")
    return PhoneTransfer(linkedid, by, target if target.isdigit() and len(target) <= 6 else "", attended)


def news_events(news: News, now: datetime) -> tuple[Event, ...]:
    """Return the domain events that a piece of news means."""
    match news:
        case PhoneHold(linkedid, _, _, extension, held):
            return (_event(EventType.CALL_HELD, now, linkedid, operator=extension, held=held, by="phone"),)
        case PhoneTransfer(linkedid, by, target, attended):
            how = "attended" if attended else "blind"
            sent = _event(EventType.CALL_TRANSFERRED, now, linkedid, by=by, to=f"operator-{target}", how=how)
            return (sent, *_ringing(now, linkedid, "" if attended else target))
        case CallNews(linkedid, what, target, why):
            return _told(linkedid, what, target, why, now)


def _told(linkedid: str, what: str, target: str, why: str, now: datetime) -> tuple[Event, ...]:
    name = target.partition("-")[2]
    if what == "consult-over":
        return (_event(EventType.CALL_CONSULTED, now, linkedid, target=target, state="over", why=why.lower()),)
    if what == "failed":
        return (_event(EventType.CALL_RETURNED, now, linkedid, target=target, why=why.lower()),)
    if what == "returning":
        return _ringing(now, linkedid, name)
    return ()  # the queue tells itself that somebody joins it


def _ringing(now: datetime, linkedid: str, extension: str) -> tuple[Event, ...]:
    if not extension:
        return ()
    return tuple(_event(kind, now, linkedid, operator=extension) for kind in (EventType.POP, EventType.CALL_RINGING))


def _event(kind: EventType, now: datetime, linkedid: str, **data: str | bool) -> Event:
    return Event(kind, now, {"linkedid": linkedid, **data})
