"""The escalation ladder of an order: whom to try next. Pure: attempts and time are given; must not know SIP or SQL.

Radio, radio again, the crew's telephone, the duty telephone; then it has failed and the board says so loudly. A path
that the town has not got is left out. Key 2 (more time) rings the same path again later; key 3 (hand over) goes
straight to the duty telephone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from cases.order_reasons import OrderReason

PAUSE: Final = timedelta(seconds=15)
MORE_TIME: Final = timedelta(minutes=10)
MOST_MORE_TIME: Final = 3


class OrderPath(StrEnum):
    """Ways to a crew."""

    RADIO = "radio"
    CREW_PHONE = "crew_phone"
    DUTY_PHONE = "duty_phone"


class AttemptOutcome(StrEnum):
    """How one try ended."""

    ACKNOWLEDGED = "acknowledged"  # key 1
    MORE_TIME = "more_time"  # key 2
    HANDED_OVER = "handed_over"  # key 3
    NO_ANSWER = "no_answer"
    NO_KEY = "no_key"
    WRONG_KEY = "wrong_key"
    FAILED = "failed"  # refused, network, or the sender was killed


class PastAttempt(Protocol):
    """What the ladder looks at in an attempt (storage's OrderAttempt fits)."""

    @property
    def path(self) -> str:
        """An OrderPath."""
        ...

    @property
    def outcome(self) -> str | None:
        """An AttemptOutcome; None counts as failed."""
        ...

    @property
    def ended_at(self) -> datetime | None:
        """When it ended."""
        ...


@dataclass(frozen=True, slots=True)
class Ladder:
    """The targets of one crew: a SIP URI of the radio gateway, dial strings of the phones. None = there is none."""

    radio: str | None = None
    crew_phone: str | None = None
    duty_phone: str | None = None

    def rungs(self) -> tuple[tuple[OrderPath, str], ...]:
        """Return the tries in order, without the missing paths."""
        planned = (
            (OrderPath.RADIO, self.radio),
            (OrderPath.RADIO, self.radio),
            (OrderPath.CREW_PHONE, self.crew_phone),
            (OrderPath.DUTY_PHONE, self.duty_phone),
        )
        return tuple((path, target) for path, target in planned if target)


@dataclass(frozen=True, slots=True)
class Attempt:
    """Try this now (or at `not_before`, when that is later)."""

    path: OrderPath
    target: str
    not_before: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """The crew acknowledged: nothing more to do."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Nobody took it; a person must. `attempts`: how many were made."""

    reason: OrderReason
    attempts: int = 0


NextStep = Attempt | Taken | Failed


def next_step(attempts: Sequence[PastAttempt], now: datetime, ladder: Ladder) -> NextStep:
    """Return what follows after `attempts` (oldest first)."""
    rungs = ladder.rungs()
    if not rungs:
        return Failed(OrderReason.NO_WAY)
    spent = 0  # rungs used up
    postponed = 0
    not_before = now
    for attempt in attempts:
        outcome = AttemptOutcome(attempt.outcome) if attempt.outcome else AttemptOutcome.FAILED
        ended = attempt.ended_at or now
        if outcome is AttemptOutcome.ACKNOWLEDGED:
            return Taken()
        if outcome is AttemptOutcome.MORE_TIME and postponed < MOST_MORE_TIME:
            postponed += 1
            not_before = ended + MORE_TIME
        elif outcome is AttemptOutcome.HANDED_OVER:
            if attempt.path == OrderPath.DUTY_PHONE or not ladder.duty_phone:
                return Failed(OrderReason.NOBODY_ABOVE, len(attempts))
            spent = next(index for index, (path, _) in enumerate(rungs) if path is OrderPath.DUTY_PHONE)
            not_before = now
        else:
            spent += 1
            not_before = ended + PAUSE
    if spent >= len(rungs):
        return Failed(OrderReason.NOT_CONFIRMED, len(attempts))
    path, target = rungs[spent]
    return Attempt(path, target, max(not_before, now))
