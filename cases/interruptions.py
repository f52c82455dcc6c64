"""Conversations that lost their operator's phone, read out of CEL's user events. Pure; must not know SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from calls.cel import CelRow
from calls.channel_variables import OperatorLost
from calls.phones import extension_of_channel, phone_of_endpoint

GIVEN_BACK: Final = "given_back"
GIVEN_UP: Final = "given_up"
CALLER_LEFT: Final = "caller_left"
_ENDS: Final = {OperatorLost.GIVEN_BACK: GIVEN_BACK, OperatorLost.GIVEN_UP: GIVEN_UP}


@dataclass(frozen=True, slots=True)
class Interruption:
    """The phone of `operator` (extension) died at `began_at`. `end`: given_back, given_up (to the head of the queue),

    caller_left, or empty while the caller waits. Times are UTC.
    """

    operator: str
    began_at: datetime
    ended_at: datetime | None = None
    end: str = ""

    @property
    def seconds(self) -> float | None:
        """How long the caller was without an operator; None while it lasts."""
        return None if self.ended_at is None else (self.ended_at - self.began_at).total_seconds()


def interruptions_of(rows: Sequence[CelRow]) -> tuple[Interruption, ...]:
    """Return a call's interruptions; `rows` in time order."""
    found: list[Interruption] = []
    for row in rows:
        kind = str(row.data.get("userdeftype", "")) if row.event == "USER_DEFINED" else row.event
        open_one = bool(found) and not found[-1].end
        if kind == OperatorLost.INTERRUPTED and not open_one:
            found.append(Interruption(_extension(row), row.at))
        elif open_one and kind in _ENDS:
            found[-1] = replace(found[-1], ended_at=row.at, end=_ENDS[kind])
        elif open_one and kind == "LINKEDID_END":
            found[-1] = replace(found[-1], ended_at=row.at, end=CALLER_LEFT)
    return tuple(found)


def _extension(row: CelRow) -> str:
    named = str(row.data.get("extra", ""))
    phone = phone_of_endpoint(named)
    return phone[0] if phone else extension_of_channel(named) or ""
