"""Why a try of an order came to nothing, and why an order failed: a closed list that pages have words for. Pure.

A reason stands beside an outcome that does not tell enough. "Nobody answered", "no key" and "wrong key" are outcomes
themselves (`cases.ladder.AttemptOutcome`) and have no reason.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class OrderReason(StrEnum):
    """The names are stored and go out by the API: add, never rename."""

    # of a try
    BUSY = "busy"
    DECLINED = "declined"
    NOT_ON_LINE = "not_on_line"  # switched off, not signed in
    REFUSED = "refused"  # another SIP status, stored beside
    UNREACHABLE = "unreachable"  # it did not even ring: the gateway, the exchange or the line
    HUNG_UP = "hung_up"
    ASKED_AGAIN = "asked_again"  # too often
    READING_TOO_LONG = "reading_too_long"
    NOT_SPOKEN = "not_spoken"
    NO_TEXT = "no_text"
    NO_RADIO_HERE = "no_radio_here"
    INTERRUPTED = "interrupted"  # the sender was restarted
    TOLD_LATER = "told_later"  # an answer that was kept on the disk, stored after a restart
    # of an order
    NO_WAY = "no_way"
    NOBODY_ABOVE = "nobody_above"
    NOT_CONFIRMED = "not_confirmed"
    INTERRUPTED_OFTEN = "interrupted_often"
    UNKNOWN_CREW = "unknown_crew"


_OF_SIP: Final = {
    480: OrderReason.NOT_ON_LINE,
    486: OrderReason.BUSY,
    600: OrderReason.BUSY,
    603: OrderReason.DECLINED,
}
_NO_MORE_THAN_SILENCE: Final = frozenset({408, 487})


def reason_of_refusal(code: int) -> OrderReason | None:
    """Return what a SIP status says that ended a call before its answer; None: it only rang."""
    return None if code in _NO_MORE_THAN_SILENCE else _OF_SIP.get(code, OrderReason.REFUSED)
