"""The life of a case, as one table. Pure: must not know the database, the clock or the telephone.

Rules, in order of weight:
 1. Nothing closes by itself: `closed` is reached only by a person, and only after the repair was verified or refused.
 2. Fixed is a claim. Who claims it (crew, utility) is not who verifies it (operator, supervisor).
 3. Hand-over failure is a state (`send_failed`), seen by everybody, left only by a new attempt or another owner.
 4. Whoever takes a case away from the road to repair (reject, duplicate, wait, reopen) says why: a note is required.
 5. A citizen may be right after the end: every end can be reopened.
 6. `system` is the product itself (dispatch, relay, sweeper). It reports facts about orders; it never ends a case.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Status(StrEnum):
    """Where a case stands."""

    RECEIVED = "received"
    ASSIGNED = "assigned"
    ORDERED = "ordered"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    SEND_FAILED = "send_failed"
    FIXED = "fixed"
    VERIFIED = "verified"
    CLOSED = "closed"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"
    REOPENED = "reopened"


class Role(StrEnum):
    """Who acts. The first five are the roles of users; `system` is the product itself."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    UTILITY = "utility"
    CREW = "crew"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"


ENDED: Final = frozenset({Status.CLOSED, Status.REJECTED, Status.DUPLICATE})
"""No deadline runs in these."""

OPEN: Final = frozenset(Status) - ENDED

_DESK: Final = frozenset({Role.OPERATOR, Role.SUPERVISOR})
_OFFICE: Final = _DESK | {Role.UTILITY}
_FIELD: Final = frozenset({Role.UTILITY, Role.CREW}) | _DESK
_MACHINE: Final = frozenset({Role.SYSTEM})


@dataclass(frozen=True, slots=True)
class Edge:
    """One allowed change: who may make it, and whether it needs a note."""

    roles: frozenset[Role]
    needs_note: bool = False


_S = Status
TABLE: Final[dict[Status, dict[Status, Edge]]] = {
    _S.RECEIVED: {
        _S.ASSIGNED: Edge(_OFFICE | _MACHINE),
        _S.ORDERED: Edge(_OFFICE | _MACHINE),  # "save and send order" in one step
        _S.WAITING: Edge(_OFFICE, needs_note=True),
        _S.REJECTED: Edge(_OFFICE, needs_note=True),
        _S.DUPLICATE: Edge(_OFFICE, needs_note=True),
        _S.VERIFIED: Edge(_DESK, needs_note=True),  # information and suggestions: answered while talking, no repair
        _S.SEND_FAILED: Edge(_MACHINE),
    },
    _S.ASSIGNED: {
        _S.ORDERED: Edge(_OFFICE | _MACHINE),
        _S.IN_PROGRESS: Edge(_FIELD),  # a utility that has its own dispatcher needs no order from us
        _S.ASSIGNED: Edge(_OFFICE, needs_note=True),  # to another body: "not ours"
        _S.WAITING: Edge(_OFFICE, needs_note=True),
        _S.REJECTED: Edge(_OFFICE, needs_note=True),
        _S.DUPLICATE: Edge(_OFFICE, needs_note=True),
        _S.SEND_FAILED: Edge(_MACHINE),
    },
    _S.ORDERED: {
        _S.IN_PROGRESS: Edge(_FIELD | _MACHINE),  # the crew's key 1
        _S.SEND_FAILED: Edge(_MACHINE),
        _S.ASSIGNED: Edge(_OFFICE | _MACHINE, needs_note=True),  # the crew handed it over: a person must choose again
        _S.WAITING: Edge(_OFFICE, needs_note=True),
        _S.REJECTED: Edge(_DESK, needs_note=True),
        _S.DUPLICATE: Edge(_OFFICE, needs_note=True),
    },
    _S.SEND_FAILED: {
        _S.ORDERED: Edge(_OFFICE | _MACHINE),
        _S.ASSIGNED: Edge(_OFFICE),
        _S.IN_PROGRESS: Edge(_FIELD),  # someone reached the crew by other means
        _S.REJECTED: Edge(_DESK, needs_note=True),
        _S.DUPLICATE: Edge(_DESK, needs_note=True),
    },
    _S.IN_PROGRESS: {
        _S.FIXED: Edge(_FIELD),
        _S.WAITING: Edge(_FIELD, needs_note=True),
        _S.ORDERED: Edge(_OFFICE),  # a second crew is needed
        _S.ASSIGNED: Edge(_FIELD, needs_note=True),  # "not ours", said on the spot
        _S.REJECTED: Edge(_DESK, needs_note=True),
        _S.DUPLICATE: Edge(_OFFICE, needs_note=True),
    },
    _S.WAITING: {
        _S.ASSIGNED: Edge(_OFFICE),
        _S.ORDERED: Edge(_OFFICE),
        _S.IN_PROGRESS: Edge(_FIELD),
        _S.FIXED: Edge(_FIELD),
        _S.REJECTED: Edge(_DESK, needs_note=True),
        _S.DUPLICATE: Edge(_OFFICE, needs_note=True),
    },
    _S.FIXED: {
        _S.VERIFIED: Edge(_DESK),
        _S.REOPENED: Edge(_DESK, needs_note=True),  # the citizen says that it is not fixed
        _S.IN_PROGRESS: Edge(_FIELD, needs_note=True),  # claimed by mistake
    },
    _S.VERIFIED: {
        _S.CLOSED: Edge(_DESK),
        _S.REOPENED: Edge(_DESK, needs_note=True),
    },
    _S.REOPENED: {
        _S.ASSIGNED: Edge(_OFFICE),
        _S.ORDERED: Edge(_OFFICE | _MACHINE),
        _S.IN_PROGRESS: Edge(_FIELD),
        _S.WAITING: Edge(_OFFICE, needs_note=True),
        _S.REJECTED: Edge(_DESK, needs_note=True),
        _S.DUPLICATE: Edge(_DESK, needs_note=True),
        _S.VERIFIED: Edge(_DESK, needs_note=True),
        _S.SEND_FAILED: Edge(_MACHINE),
    },
    _S.CLOSED: {_S.REOPENED: Edge(_DESK, needs_note=True)},
    _S.REJECTED: {_S.REOPENED: Edge(_DESK, needs_note=True)},
    _S.DUPLICATE: {_S.REOPENED: Edge(_DESK, needs_note=True)},
}


class IllegalTransition(ValueError):
    """The change is not allowed; `str(error)` says why and what is."""


class NoteMissing(IllegalTransition):
    """The change is allowed with a note that says why."""


def allowed_targets(current: Status, role: Role) -> tuple[Status, ...]:
    """Return what `role` may make of a case that stands at `current`, in the order of the table."""
    return tuple(target for target, edge in TABLE[current].items() if role in edge.roles)


def check_transition(current: Status, target: Status, role: Role, note: str = "") -> None:
    """Return when the change is allowed. Raises IllegalTransition (NoteMissing) with the reason otherwise."""
    edge = TABLE[current].get(target)
    if edge is None or role not in edge.roles:
        possible = ", ".join(allowed_targets(current, role)) or "nothing"
        who = "nobody" if edge is None else f"not {role.value}"
        raise IllegalTransition(f"{current.value} → {target.value}: {who} may do this; {role.value} may: {possible}")
    if edge.needs_note and not note.strip():
        raise NoteMissing(f"{current.value} → {target.value}: say why in a note")
