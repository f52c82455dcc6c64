"""How a call can end, as one closed list. Owns the words; cases/outcomes.py decides which one a call gets."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class CallOutcome(StrEnum):
    """What became of a call."""

    OPERATOR = "operator"  # talked with a person
    MESSAGE_LEFT = "message_left"  # a recorder took it and it became a case
    CASE_CREATED = "case_created"  # the menu opened a case
    INFORMATION = "information"  # heard information to its end
    STATUS_TOLD = "status_told"  # was told how a case stands
    ABANDONED_MENU = "abandoned_menu"  # hung up before getting anything
    ABANDONED_QUEUE = "abandoned_queue"  # hung up while waiting
    CALLBACK_ASKED = "callback_asked"  # wished to be called back while waiting
    CALLBACK_FAILED = "callback_failed"  # wished to be called back and could not be reached
    AFTER_HOURS = "after_hours"  # nobody was there and no message was left
    FAILED = "failed"  # our side broke it off
    REFUSED = "refused"  # never answered
    INTERNAL = "internal"  # between our own phones, or a staff service
    OUTBOUND_ANSWERED = "outbound_answered"
    OUTBOUND_UNANSWERED = "outbound_unanswered"


MISSED: Final = frozenset(
    {
        CallOutcome.ABANDONED_MENU,
        CallOutcome.ABANDONED_QUEUE,
        CallOutcome.AFTER_HOURS,
        CallOutcome.CALLBACK_FAILED,
        CallOutcome.FAILED,
        CallOutcome.REFUSED,
    }
)
"""Calls that got nothing: they stay on the worklist until a person closes them."""
