"""Who may do what: roles, permissions, and the table that joins them. Deny by default.

Owns the vocabulary of access. A route names one permission (`routing.Route`); a role that is not listed under it is
refused, and a route without a permission is refused to everybody.
"""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """Roles of staff accounts."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    UTILITY = "utility"
    CREW = "crew"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """What a route asks for."""

    PUBLIC = "public"  # no sign-in: login page, health, static files
    HALF_SIGNED_IN = "half_signed_in"  # the password was good, the second factor is missing; nobody else
    SIGNED_IN = "signed_in"  # any account: own profile, sign out
    CALLS_READ = "calls.read"
    CALLS_CONTROL = "calls.control"
    CALLS_SNOOP = "calls.snoop"
    RECORDINGS_LISTEN = "recordings.listen"
    RECORDINGS_OWN = "recordings.own"  # where the policy lets operators hear their own calls
    SCORES_GIVE = "scores.give"  # forms, and scores of the calls that the account may hear
    SCORES_OWN = "scores.own"  # an operator's own scores, and one answer to each
    MISSED_WORK = "missed.work"
    CASES_READ = "cases.read"
    CASES_WRITE = "cases.write"
    ORDERS_SEND = "orders.send"
    OPERATOR_STATE = "operator.state"
    OPERATORS_MANAGE = "operators.manage"  # another operator's state and queues
    BOARD_READ = "board.read"
    REPORTS_READ = "reports.read"
    NOTICES_WRITE = "notices.write"
    ADMINISTER = "administer"


_DESK = frozenset(
    {
        Permission.CALLS_READ,
        Permission.CALLS_CONTROL,
        Permission.RECORDINGS_OWN,
        Permission.MISSED_WORK,
        Permission.CASES_READ,
        Permission.CASES_WRITE,
        Permission.ORDERS_SEND,
        Permission.OPERATOR_STATE,
        Permission.BOARD_READ,
    }
)

# Utility and crew accounts stand outside the anonymity wall: the console gives them nothing beyond their own sign-in.
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.OPERATOR: _DESK | {Permission.SCORES_OWN},
    Role.SUPERVISOR: _DESK
    | {
        Permission.CALLS_SNOOP,
        Permission.RECORDINGS_LISTEN,
        Permission.SCORES_GIVE,
        Permission.REPORTS_READ,
        Permission.OPERATORS_MANAGE,
        Permission.NOTICES_WRITE,
    },
    Role.UTILITY: frozenset(),
    Role.CREW: frozenset(),
    Role.ADMINISTRATOR: frozenset(
        {Permission.BOARD_READ, Permission.REPORTS_READ, Permission.NOTICES_WRITE, Permission.ADMINISTER}
    ),
}


def may(role: str, permission: Permission) -> bool:
    """Say whether the role has the permission; an unknown role has none."""
    if permission in (Permission.PUBLIC, Permission.SIGNED_IN):
        return True
    try:
        return permission in GRANTS[Role(role)]
    except ValueError:
        return False
