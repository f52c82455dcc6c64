"""Whom to ring about an alarm, and when. Pure: past calls and time are given; must not know SIP or SQL.

The duty telephones in turn, until somebody takes it (key 1). Key 3 goes to the next person at once; after a
telephone that did not answer there is a pause. Who took it is left in peace for a while; an alarm that still stands
then rings again: only the fact that clears it ends it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

TAKEN: Final = "acknowledged"
NEXT_PERSON: Final = "handed_over"


class PastCall(Protocol):
    """What is looked at in an earlier call (storage's AlarmCall fits)."""

    @property
    def target(self) -> str:
        """The telephone that was rung."""
        ...

    @property
    def outcome(self) -> str | None:
        """How it ended; None while it goes on."""
        ...

    @property
    def ended_at(self) -> datetime | None:
        """When it ended."""
        ...


@dataclass(frozen=True, slots=True)
class Patience:
    """Pauses. `between`: after a telephone that nobody took; `round`: after all of them; `taken`: once it is taken."""

    between: timedelta = timedelta(seconds=10)
    round: timedelta = timedelta(seconds=60)
    taken: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class NextCall:
    """Ring `target`, not before `at`."""

    target: str
    at: datetime


def next_call(
    past: Sequence[PastCall], duty: Sequence[str], raised_at: datetime, patience: Patience | None = None
) -> NextCall | None:
    """Return whom to ring next; None while a call goes on, or when there is nobody to ring."""
    patience = patience or Patience()
    if not duty or any(call.ended_at is None for call in past):
        return None
    if not past:
        return NextCall(duty[0], raised_at)
    last = past[-1]
    ended = last.ended_at or raised_at
    tried = sum(call.outcome != TAKEN for call in past)
    if last.outcome == TAKEN:
        # The one who took it is asked first how it goes: the same telephone, so that two people do not run.
        return NextCall(duty[tried % len(duty)], ended + patience.taken)
    if last.outcome == NEXT_PERSON:
        target = duty[tried % len(duty)]
        # Where one telephone is all there is, it is let go of the call first.
        return NextCall(target, ended if target != last.target else ended + patience.between)
    pause = patience.round if tried % len(duty) == 0 else patience.between
    return NextCall(duty[tried % len(duty)], ended + pause)
