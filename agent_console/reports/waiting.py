"""Who asked for a person and what became of it: service level, speed of answer, abandoned. Pure.

Every call that was offered (the caller asked for a person) has exactly one fate; their numbers add up to `offered`:
  answered    a person answered
  abandoned   hung up while waiting, after `short_seconds` or later
  short       hung up sooner than that: no staffing in the world answers those
  callback    took the offer to be called back: not abandoned
  message     left a message or a case instead
  let_go      our side ended it: nobody there, after hours, failed
  waiting     still waits

service level of answered = answered within the target / answered
service level of offered  = answered within the target / (offered - short - undecided),
  undecided = those who wait now, and not yet longer than the target.
share abandoned = abandoned / (offered - short)
Speed of answer is measured from the beginning of the wait to the operator's answer, over the answered.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from agent_console.reports.rules import ReportRules
from agent_console.reports.spread import longest, mean, percentile, share
from calls.outcomes import CallOutcome
from calls.report_rows import CallRow


class Fate(StrEnum):
    """What became of a call that was offered."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    SHORT = "short"
    CALLBACK = "callback"
    MESSAGE = "message"
    LET_GO = "let_go"
    WAITING = "waiting"


_BY_OUTCOME: Final[dict[str, Fate]] = {
    CallOutcome.MESSAGE_LEFT.value: Fate.MESSAGE,
    CallOutcome.CASE_CREATED.value: Fate.MESSAGE,
    CallOutcome.ABANDONED_QUEUE.value: Fate.ABANDONED,
    CallOutcome.ABANDONED_MENU.value: Fate.ABANDONED,
} | {outcome.value: Fate.CALLBACK for outcome in CallOutcome if outcome.startswith("callback")}


def fate_of(call: CallRow, rules: ReportRules, now: datetime) -> tuple[Fate, float] | None:
    """Return the call's fate and the seconds it waited; None when it was never offered to a person."""
    began = call.queued_at
    if began is None:
        return None
    if call.operator_answered_at is not None:
        return Fate.ANSWERED, max(0.0, (call.operator_answered_at - began).total_seconds())
    if call.ended_at is None:
        return Fate.WAITING, max(0.0, (now - began).total_seconds())
    waited = max(0.0, (call.ended_at - began).total_seconds())
    fate = _BY_OUTCOME.get(call.outcome or "", Fate.LET_GO)
    if fate is Fate.ABANDONED and waited < rules.short_seconds:
        fate = Fate.SHORT
    return fate, waited


@dataclass(slots=True)
class WaitCount:
    """Counts calls of one group (a day, a queue, an hour of the week, all). Add each call once."""

    arrived: int = 0
    offered: int = 0
    within: int = 0
    undecided: int = 0
    fates: Counter[Fate] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    gave_up_after: list[float] = field(default_factory=list)
    longest_wait: float = 0.0

    def add(self, fate: tuple[Fate, float] | None, target: float) -> None:
        """Count one call that arrived; `fate` as `fate_of` returned it."""
        self.arrived += 1
        if fate is None:
            return
        what, waited = fate
        self.offered += 1
        self.fates[what] += 1
        if waited > self.longest_wait:
            self.longest_wait = waited
        if what is Fate.ANSWERED:
            self.waits.append(waited)
            self.within += waited <= target
        elif what is Fate.ABANDONED:
            self.gave_up_after.append(waited)
        elif what is Fate.WAITING:
            self.undecided += waited <= target

    @property
    def answered(self) -> int:
        """Return how many were answered."""
        return self.fates[Fate.ANSWERED]

    @property
    def abandoned(self) -> int:
        """Return how many gave up, short ones apart."""
        return self.fates[Fate.ABANDONED]

    @property
    def short(self) -> int:
        """Return how many gave up at once."""
        return self.fates[Fate.SHORT]

    @property
    def level_of_answered(self) -> float | None:
        """Return the service level of the answered, 0–1."""
        return share(self.within, self.answered)

    @property
    def level_of_offered(self) -> float | None:
        """Return the service level of the offered, 0–1."""
        return share(self.within, self.offered - self.short - self.undecided)

    @property
    def share_abandoned(self) -> float | None:
        """Return the share that gave up, 0–1."""
        return share(self.abandoned, self.offered - self.short)

    @property
    def average_wait(self) -> float | None:
        """Return the speed of answer (ASA) in seconds."""
        return mean(self.waits)

    @property
    def median_wait(self) -> float | None:
        """Return the median speed of answer."""
        return percentile(self.waits, 0.5)

    @property
    def wait_90(self) -> float | None:
        """Return what 90 % of the answered did not wait longer than."""
        return percentile(self.waits, 0.9)

    @property
    def longest_answered(self) -> float | None:
        """Return the longest wait of an answered call."""
        return longest(self.waits)

    @property
    def average_give_up(self) -> float | None:
        """Return how long those waited who gave up."""
        return mean(self.gave_up_after)
