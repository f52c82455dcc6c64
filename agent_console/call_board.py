"""What is going on right now, in memory: who waits, rings, talks. Fed by bus events; a hint, not a record.

Owns the picture that the pop and the live board are drawn from; it never touches the database, so a pop is as quick
as the event that caused it. `adopt` makes it agree with the PBX after a reconnect. Bounded: ended calls are kept for
wrap-up only, the oldest go first.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from agent_console.call_steering import ALONE, changes_by_snapshot, changes_of, taken_up
from calls.caller import Caller
from calls.events import Event, EventType
from calls.phones import extension_of_channel
from calls.ports import ChannelNow, PbxSnapshot
from cases.queues import OWN_QUEUE

_MOST_CALLS: Final = 4000
_KEEP_ENDED: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class LiveCall:
    """One call as far as it is known now. `menu`: (node, keys) in order. Times are UTC."""

    linkedid: str
    arrived_at: datetime
    did: str = ""
    caller: Caller | None = None
    language: str = ""
    menu: tuple[tuple[str, str], ...] = ()
    queue: str = ""
    queued_at: datetime | None = None
    ringing: str = ""
    operator: str = ""
    answered_at: datetime | None = None
    operator_lost_at: datetime | None = None
    """Since when the caller waits for this same operator, whose phone died in mid-call."""
    ended_at: datetime | None = None
    outcome: str = ""
    wrapped_up: bool = False
    held: str = ""
    """`desk` or `phone`: who gave the caller music; empty while nobody does."""
    consult: str = ""
    """Target whom the operator asks (`calls.conversation.Target`)."""
    consult_state: str = ""
    """How far that is: ringing, talking, conference."""
    sent_to: str = ""
    """Target to whom the caller is on the way, or who has taken the call outside."""
    trouble: str = ""
    """Why the last transfer or consultation came to nothing: Asterisk's DIALSTATUS in small letters."""
    talks_since: datetime | None = None
    """Since when the present operator talks; `answered_at` is when the first one answered."""

    @property
    def waiting(self) -> bool:
        """Say whether the caller waits for a person."""
        return self.queued_at is not None and self.answered_at is None and self.ended_at is None


@dataclass(slots=True)
class CallBoard:
    """The picture. All methods are quick and never wait."""

    calls: dict[str, LiveCall] = field(default_factory=dict)
    longest_wait_today: float = 0.0
    _day: str = ""

    def note_caller(self, linkedid: str, caller: Caller, now: datetime) -> None:
        """Remember who calls. The number stays in this process's memory: it is never put into an event."""
        self._put(replace(self._of(linkedid, now), caller=caller))

    def apply(self, event: Event) -> None:
        """Change the picture by one event; unknown or partial events do no harm."""
        linkedid = event.data.get("linkedid")
        if not isinstance(linkedid, str) or not linkedid:
            return
        call = self._of(linkedid, event.at)
        data = event.data
        match event.type:
            case EventType.CALL_ARRIVED:
                call = replace(call, did=str(data.get("did", "")), arrived_at=event.at)
            case EventType.CALL_MENU:
                node, keys = str(data.get("node") or ""), str(data.get("keys") or "")
                menu = (*call.menu, (node, keys))[-40:] if node else call.menu
                call = replace(call, menu=menu, language=str(data.get("language") or call.language))
            case EventType.CALL_QUEUED:
                queue = str(data.get("queue", ""))
                # Rung at their own operator's phone first: on the way to the queue that comes after.
                queue = call.queue if queue.startswith(OWN_QUEUE) else queue
                if call.answered_at is not None:  # given back by an operator: a wait of its own
                    call = replace(call, operator="", answered_at=None, queued_at=None, **ALONE)
                # One queue's waiting time was over, which the PBX tells as an abandoned call: it goes on in the next.
                call = replace(call, queue=queue, queued_at=call.queued_at or event.at, ended_at=None, outcome="")
            case EventType.CALL_RINGING | EventType.POP:
                call = replace(call, ringing=str(data.get("operator", "")), queued_at=call.queued_at or event.at)
            case EventType.CALL_MISSED_BY:
                ringing = "" if call.ringing == data.get("operator") else call.ringing
                call = replace(call, ringing=ringing)
            case EventType.CALL_ANSWERED:
                self._count_wait(call, event.at)
                talks = {"operator": str(data.get("operator", "")), "ringing": "", "talks_since": event.at}
                call = replace(call, answered_at=call.answered_at or event.at, **ALONE | talks)
            case EventType.CALL_INTERRUPTED | EventType.CALL_GIVEN_BACK:
                lost = event.at if event.type is EventType.CALL_INTERRUPTED else None
                operator = str(data.get("operator") or call.operator)
                call = replace(call, **ALONE | {"operator": operator, "operator_lost_at": lost})
            case EventType.CALL_GIVEN_UP:
                call = replace(call, operator="", answered_at=None, operator_lost_at=None, queued_at=event.at)
            case EventType.OPERATOR_TALKS if linkedid in self.calls:
                call = replace(call, **taken_up(call, str(data.get("operator", "")), event.at))
            case EventType.CALL_HELD | EventType.CALL_TRANSFERRED | EventType.CALL_CONSULTED | EventType.CALL_RETURNED:
                call = replace(call, **changes_of(event))
            case EventType.CALL_ENDED:
                self._count_wait(call, event.at)
                outcome = str(data.get("outcome", ""))
                call = replace(call, ended_at=call.ended_at or event.at, ringing="", outcome=outcome)
            case _:
                return
        self._put(call)

    def adopt(self, snapshot: PbxSnapshot) -> tuple[str, ...]:
        """Agree with the PBX: calls it no longer has are ended here. Returns their ids."""
        present = {channel.linkedid for channel in snapshot.channels}
        gone = tuple(key for key, call in self.calls.items() if call.ended_at is None and key not in present)
        for linkedid in gone:
            self.calls[linkedid] = replace(self.calls[linkedid], ended_at=snapshot.at, ringing="")
        for waiting in snapshot.waiting:
            call = self._of(waiting.linkedid, snapshot.at)
            since = snapshot.at - timedelta(seconds=waiting.waited)
            self._put(replace(call, queue=waiting.queue, queued_at=call.queued_at or since))
        self._adopt_steering(snapshot)
        self._adopt_phones(snapshot)
        return gone

    def unknown(self, snapshot: PbxSnapshot) -> tuple[str, ...]:
        """Return the PBX's calls that are not on the board, or whose caller is not: what a restart forgot."""
        known = {key for key, call in self.calls.items() if call.caller is not None}
        return tuple(sorted({channel.linkedid for channel in snapshot.channels} - known))

    def recall(self, call: LiveCall) -> None:
        """Put back what is remembered of a call; what has been heard of it since counts more."""
        now = self.calls.get(call.linkedid)
        if now is not None:
            told = {name: getattr(now, name) for name in LiveCall.__slots__ if getattr(now, name)}
            call = replace(call, **told | {"arrived_at": call.arrived_at})
        self._put(call)

    def _adopt_steering(self, snapshot: PbxSnapshot) -> None:
        """See who is held, asked or on the way to somebody."""
        channels: dict[str, list[ChannelNow]] = {}
        for channel in snapshot.channels:
            channels.setdefault(channel.linkedid, []).append(channel)
        for linkedid, its in channels.items():
            changes = changes_by_snapshot(its, self._of(linkedid, snapshot.at).held)
            if changes:
                self._put(replace(self._of(linkedid, snapshot.at), **changes))

    def _adopt_phones(self, snapshot: PbxSnapshot) -> None:
        """See who rings and who talks: an operator's phone that is in a call which it did not begin."""
        for channel in snapshot.channels:
            extension = extension_of_channel(channel.name)
            if extension is None or channel.uniqueid == channel.linkedid:
                continue
            call = self._of(channel.linkedid, snapshot.at)
            since = snapshot.at - timedelta(seconds=channel.seconds)
            holds = call.operator == extension and call.answered_at is None  # held or asking: seen by its place already
            if channel.state == "Up" and (holds or not (call.operator or call.sent_to)):
                answered = call.answered_at or since
                call = replace(call, operator=extension, ringing="", answered_at=answered, talks_since=since)
                self._put(replace(call, queued_at=call.queued_at or answered))
            elif channel.state == "Ringing" and not (call.operator or call.ringing):
                self._put(replace(call, ringing=extension, queued_at=call.queued_at or since))

    def of_operator(self, extension: str) -> LiveCall | None:
        """Return the call on this operator's screen: talking, else ringing, else ended and not yet wrapped up."""
        mine = [call for call in self.calls.values() if extension and extension in (call.operator, call.ringing)]
        active = [call for call in mine if call.ended_at is None]
        if active:
            return max(active, key=lambda call: (call.operator == extension, call.answered_at or call.arrived_at))
        ended = [call for call in mine if call.operator == extension and not call.wrapped_up]
        return max(ended, key=lambda call: call.ended_at or call.arrived_at, default=None)

    def wrap_up(self, linkedid: str) -> None:
        """Take an ended call off its operator's screen."""
        if linkedid in self.calls:
            self.calls[linkedid] = replace(self.calls[linkedid], wrapped_up=True)

    def waiting(self, queue: str | None = None) -> tuple[LiveCall, ...]:
        """Return the callers who wait for a person, longest first."""
        found = [call for call in self.calls.values() if call.waiting and queue in (None, call.queue, "")]
        return tuple(sorted(found, key=lambda call: call.queued_at or call.arrived_at))

    def active(self) -> tuple[LiveCall, ...]:
        """Return the calls that have not ended, oldest first."""
        found = [call for call in self.calls.values() if call.ended_at is None]
        return tuple(sorted(found, key=lambda call: call.arrived_at))

    def _of(self, linkedid: str, now: datetime) -> LiveCall:
        return self.calls.get(linkedid) or LiveCall(linkedid=linkedid, arrived_at=now)

    def _put(self, call: LiveCall) -> None:
        if call.linkedid not in self.calls and len(self.calls) >= _MOST_CALLS:
            self._forget(call.arrived_at)
        self.calls[call.linkedid] = call

    def _forget(self, now: datetime) -> None:
        for key, call in list(self.calls.items()):
            if call.ended_at is not None and now - call.ended_at > _KEEP_ENDED:
                del self.calls[key]
        if len(self.calls) >= _MOST_CALLS:
            ended = (key for key, call in self.calls.items() if call.ended_at is not None)
            del self.calls[next(ended, next(iter(self.calls)))]

    def _count_wait(self, call: LiveCall, now: datetime) -> None:
        day = now.date().isoformat()
        if day != self._day:
            self._day, self.longest_wait_today = day, 0.0
        if call.waiting and call.queued_at is not None:
            self.longest_wait_today = max(self.longest_wait_today, (now - call.queued_at).total_seconds())


def pop_data(call: LiveCall | None) -> dict[str, Any]:
    """Return what a pop frame says beyond the bare event. For the operator of that extension only."""
    if call is None:
        return {"caller": {"kind": "unknown", "number": "", "shown": ""}, "language": "", "menu": []}
    caller = call.caller
    shown = {"kind": caller.kind.value, "number": caller.number, "shown": caller.grouped()} if caller else None
    return {
        "caller": shown or {"kind": "unknown", "number": "", "shown": ""},
        "language": call.language,
        "menu": [{"node": node, "keys": keys} for node, keys in call.menu],
        "queued_at": call.queued_at.isoformat() if call.queued_at else None,
    }
