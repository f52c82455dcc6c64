"""How a call ended, judged from its CEL rows and journalled steps. Pure; must not know files or SQL.

Order of judgement (the first that is true):
 1. Between our own phones → internal; made by us → outbound.
 2. Talked with a person. 3. A message was left. 4. The menu opened a case.
 5. Asked to be called back in turn (and could not be reached).
    It was waiting in the queue: hung up, or our side let it go (after hours) or broke (failed).
 6. Heard information to its end; was told a status. Whoever got that and then hung up got what he called for.
 7. Never answered: refused by us, or hung up while ringing.
 8. Nothing: the caller hung up in the menu, our side ended it after hours, or our side broke it off.
Who hung up is in CEL: `hangupsource` names the channel that did; empty means our own dialplan.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from calls.cel import CelRow
from calls.channel_variables import USER_EVENT_FALLBACK, AgiRoute
from calls.journal_entries import EntryKind
from calls.outcomes import CallOutcome

INTERNAL_CONTEXTS: Final = frozenset({"operators", "snoop"})
CALLBACK_CONTEXTS: Final = frozenset({"callback-hold", "callback-out"})
OUTBOUND_CONTEXTS: Final = frozenset({"order-call", "alarm-call"}) | CALLBACK_CONTEXTS
TO_CITIZEN: Final = "to-citizen"
"""Context of a call that an operator's phone began and that goes out to a citizen."""
SYNTHETIC_CONTEXT: Final = "synthetic"
_STAFF_ROUTES: Final = frozenset({AgiRoute.NOTICE, AgiRoute.ORDER})
_REFUSING_CAUSES: Final = frozenset({17, 21, 34, 38, 41, 42, 44, 47, 58, 63})


class Step(Protocol):
    """What is looked at in a journalled step (calls' JournalEntry and storage's StepRecord fit)."""

    @property
    def kind(self) -> str:
        """An EntryKind."""
        ...

    @property
    def at(self) -> datetime:
        """When it was journalled."""
        ...

    @property
    def data(self) -> Any:  # noqa: ANN401  a mapping; its keys stand in EntryKind
        """The entry's data."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFacts:
    """Everything CEL and the journal say about one call. `missed_step` tells how far a caller came."""

    direction: str
    synthetic: bool
    arrived_at: datetime
    answered_at: datetime | None
    queued_at: datetime | None
    operator_answered_at: datetime | None
    operator: str | None
    ended_at: datetime | None
    hangup_cause: int | None
    outcome: CallOutcome | None
    missed_step: str
    dial_status: str = ""
    """What Asterisk's Dial said at the end of a call that we made: BUSY, NOANSWER, CHANUNAVAIL …"""

    @property
    def waited(self) -> float:
        """Return the seconds in the queue, 0 when it never came there."""
        end = self.operator_answered_at or self.ended_at
        return (end - self.queued_at).total_seconds() if self.queued_at and end else 0.0


def outcome_of(rows: Sequence[CelRow], steps: Sequence[Step]) -> CallOutcome | None:
    """Return the outcome of an ended call; None while it lasts or when nothing is known of it."""
    facts = facts_of(rows, steps)
    return None if facts is None else facts.outcome


def facts_of(rows: Sequence[CelRow], steps: Sequence[Step], *, closed_at: datetime | None = None) -> CallFacts | None:
    """Return what is known of a call; None when there is neither a row nor a step.

    `closed_at`: the call is known to be over though no row says so (the PBX was restarted, or has no such channel):
    it ends then as failed, unless it had got something.
    """
    if not rows and not steps:
        return None
    rows = sorted(rows, key=lambda row: row.at)
    first = _first_channel(rows)
    mine = [row for row in rows if row.uniqueid == first]
    direction = _direction(rows, steps)
    answered = _first_at(row for row in mine if row.event == "ANSWER")
    if any(row.context in CALLBACK_CONTEXTS for row in mine):
        # Our own end is answered by the operator; what counts is whether the citizen was reached.
        answered = _first_at(
            row
            for row in rows
            if row.event == "ANSWER" and row.extension is None and not row.channel.startswith("Local/")
        )
    # The wait begins in the queue, not while the caller still hears "we connect you"; the journal knows of a caller
    # who hung up on the way there.
    queued = _first_at(row for row in mine if row.event == "APP_START" and row.application == "queue") or min(
        (step.at for step in steps if step.kind == EntryKind.QUEUED), default=None
    )
    operator, operator_at = _operator(rows, first)
    called_back = direction == "outbound" and any(row.context == TO_CITIZEN for row in rows)
    if called_back:
        # The operator is the first channel; answered means that the citizen and the operator heard one another.
        operator = next((row.extension for row in mine if row.extension is not None), None)
        operator_at, answered = (
            answered,
            _first_at(row for row in rows if row.event == "BRIDGE_ENTER" and row.uniqueid != first),
        )
    ended = _ended_at(rows)
    hangup = next((row for row in mine if row.event == "HANGUP"), None)
    cause = _number(hangup.data.get("hangupcause")) if hangup else None
    facts = CallFacts(
        direction=direction,
        synthetic=any(row.context == SYNTHETIC_CONTEXT for row in mine),
        arrived_at=min([row.at for row in rows] or [step.at for step in steps]),
        answered_at=answered or (min(step.at for step in steps) if steps and not rows else None),
        queued_at=queued,
        operator_answered_at=operator_at,
        operator=operator,
        ended_at=ended or closed_at,
        hangup_cause=cause,
        outcome=None,
        missed_step=_last_step(steps, queued is not None),
        dial_status=str(hangup.data.get("dialstatus") or "") if hangup else "",
    )
    if facts.ended_at is None:
        return facts
    caller_hung_up = hangup is not None and str(hangup.data.get("hangupsource", "")) == hangup.channel
    outcome = _judge(facts, steps, caller_hung_up=caller_hung_up, broken=ended is None)
    return CallFacts(**{name: getattr(facts, name) for name in CallFacts.__slots__} | {"outcome": outcome})


def _judge(facts: CallFacts, steps: Sequence[Step], *, caller_hung_up: bool, broken: bool) -> CallOutcome:
    kinds = {step.kind for step in steps}
    if facts.direction == "outbound":
        return CallOutcome.OUTBOUND_ANSWERED if facts.answered_at else CallOutcome.OUTBOUND_UNANSWERED
    if facts.direction == "internal":
        return CallOutcome.INTERNAL
    if facts.operator_answered_at is not None:
        return CallOutcome.OPERATOR
    if EntryKind.MESSAGE_LEFT in kinds:
        return CallOutcome.MESSAGE_LEFT
    if EntryKind.CASE_CREATED in kinds:
        return CallOutcome.CASE_CREATED
    if EntryKind.CALLBACK_FAILED in kinds:
        return CallOutcome.CALLBACK_FAILED
    if EntryKind.CALLBACK_ASKED in kinds:
        return CallOutcome.CALLBACK_ASKED
    if broken:
        return CallOutcome.FAILED
    if facts.queued_at is not None:
        return CallOutcome.ABANDONED_QUEUE if caller_hung_up else CallOutcome.AFTER_HOURS
    # How a case stands is information, too: the flow marks it so. The more exact word goes first.
    if any(step.kind == EntryKind.STATUS_ASKED and step.data.get("found") for step in steps):
        return CallOutcome.STATUS_TOLD
    if EntryKind.INFORMATION_HEARD in kinds:
        return CallOutcome.INFORMATION
    if facts.answered_at is None:
        return CallOutcome.REFUSED if facts.hangup_cause in _REFUSING_CAUSES else CallOutcome.ABANDONED_MENU
    if caller_hung_up:
        return CallOutcome.ABANDONED_MENU
    said_goodbye = any(step.kind == EntryKind.FLOW_ENDED for step in steps)
    return CallOutcome.AFTER_HOURS if said_goodbye and EntryKind.FLOW_FAILED not in kinds else CallOutcome.FAILED


def fallback_stem(rows: Iterable[CelRow]) -> str | None:
    """Return the spool file's stem that the pure dialplan announced, if it did."""
    for row in rows:
        if row.event == "USER_DEFINED" and row.data.get("userdeftype") == USER_EVENT_FALLBACK:
            return str(row.data.get("extra") or row.data.get("appdata") or "") or None
    return None


def _first_channel(rows: Sequence[CelRow]) -> str | None:
    starts = [row for row in rows if row.event == "CHAN_START"]
    named = next((row.uniqueid for row in starts if row.uniqueid == row.linkedid), None)
    return named or (starts or list(rows))[0].uniqueid if rows else None


def _direction(rows: Sequence[CelRow], steps: Sequence[Step]) -> str:
    routes = {str(step.data.get("route", "")) for step in steps if step.kind == EntryKind.CALL_ARRIVED}
    if routes & {AgiRoute.ORDER, AgiRoute.ALARM}:
        return "outbound"
    contexts = [row.context for row in rows if row.event == "CHAN_START"]
    if contexts and contexts[0] in OUTBOUND_CONTEXTS:
        return "outbound"
    if any(row.context == TO_CITIZEN for row in rows):
        return "outbound"
    if routes & _STAFF_ROUTES or (contexts and contexts[0] in INTERNAL_CONTEXTS):
        return "internal"
    return "inbound"


def _operator(rows: Sequence[CelRow], first: str | None) -> tuple[str | None, datetime | None]:
    """Return who talked with the caller first, and since when: answered and, where CEL tells bridges, bridged."""
    bridges_told = any(row.event == "BRIDGE_ENTER" for row in rows)
    for row in rows:
        if row.event != "ANSWER" or row.uniqueid == first or row.extension is None:
            continue
        entered = _first_at(one for one in rows if one.event == "BRIDGE_ENTER" and one.uniqueid == row.uniqueid)
        if entered is not None or not bridges_told:
            return row.extension, row.at
    return None, None


def _ended_at(rows: Sequence[CelRow]) -> datetime | None:
    linked_end = _first_at(row for row in rows if row.event == "LINKEDID_END")
    if linked_end is not None:
        return linked_end
    started = {row.uniqueid for row in rows if row.event == "CHAN_START"}
    ends = {row.uniqueid: row.at for row in rows if row.event == "CHAN_END"}
    return max(ends.values()) if started and started <= ends.keys() else None


def _last_step(steps: Sequence[Step], queued: bool) -> str:
    if queued:
        return "queue"
    # A caller who hung up in mid-prompt chose nothing there: the end of the flow says where it was.
    kinds = {EntryKind.MENU_STEP, EntryKind.LANGUAGE_CHOSEN, EntryKind.FLOW_ENDED}
    menus = [step for step in steps if step.kind in kinds and (step.data.get("node") or step.data.get("language"))]
    return "" if not menus else str(menus[-1].data.get("node") or menus[-1].data.get("language") or "")


def _first_at(rows: Iterable[CelRow]) -> datetime | None:
    return next((row.at for row in rows), None)


def _number(value: object) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None
