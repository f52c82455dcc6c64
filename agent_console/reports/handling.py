"""How long conversations took: talk, hold, wrap-up, per operator, per queue and per call; transfers. Pure.

handle time = talk + hold + wrap-up. Talking in a conference is talk; consulting a colleague while the caller is held is
hold. A conversation is one operator's part of one call, from the first word: whoever was asked aside only has none of
his own. Average handle time = all handle time / conversations. Transfers of a call = operators who talked with the
caller - 1. Counted are calls that arrived in the period, with all that was done about them, whenever that was.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from agent_console.reports.spread import share
from calls.report_rows import SegmentRow, WrapUpTime

TALK = frozenset({"talk", "conference"})
HOLD = frozenset({"hold", "consult"})


@dataclass(slots=True)
class HandleTime:
    """Seconds of one group. `conversations` counts pairs of (call, operator) with talk in them."""

    talk: float = 0.0
    hold: float = 0.0
    wrapup: float = 0.0
    conversations: set[tuple[str, str]] = field(default_factory=set)

    @property
    def total(self) -> float:
        """Return talk + hold + wrap-up, in seconds."""
        return self.talk + self.hold + self.wrapup

    @property
    def count(self) -> int:
        """Return the number of conversations."""
        return len(self.conversations)

    @property
    def average(self) -> float | None:
        """Return the average handle time of a conversation."""
        return share(self.total, self.count)


class Handling:
    """Adds up segments and wrap-ups."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self.all = HandleTime()
        self.operators: defaultdict[str, HandleTime] = defaultdict(HandleTime)
        self.queues: defaultdict[str, HandleTime] = defaultdict(HandleTime)
        self._talkers: defaultdict[str, set[str]] = defaultdict(set)
        self._queue_of: dict[tuple[str, str], str] = {}

    def add_segment(self, segment: SegmentRow) -> None:
        """Count a part of a conversation."""
        seconds = _seconds(segment.began_at, segment.ended_at, self._now)
        key = (segment.linkedid, segment.operator)
        self._queue_of.setdefault(key, segment.queue)
        groups = self.all, self.operators[segment.operator], self.queues[segment.queue]
        if segment.kind in TALK:
            self._talkers[segment.linkedid].add(segment.operator)
            for group in groups:
                group.talk += seconds
                group.conversations.add(key)
        elif segment.kind in HOLD:
            for group in groups:
                group.hold += seconds

    def add_wrap_up(self, wrap_up: WrapUpTime) -> None:
        """Count wrap-up; add it after the segments: its queue is the conversation's."""
        seconds = _seconds(wrap_up.began_at, wrap_up.ended_at, self._now)
        queue = self._queue_of.get((wrap_up.linkedid, wrap_up.operator), wrap_up.queue)
        for group in (self.all, self.operators[wrap_up.operator], self.queues[queue]):
            group.wrapup += seconds

    @property
    def calls(self) -> int:
        """Return how many calls somebody talked in."""
        return len(self._talkers)

    @property
    def transfers(self) -> int:
        """Return how often a caller was passed on from one operator to another."""
        return sum(len(talkers) - 1 for talkers in self._talkers.values())

    @property
    def transferred_calls(self) -> int:
        """Return how many calls more than one operator talked in."""
        return sum(len(talkers) > 1 for talkers in self._talkers.values())


def _seconds(began: datetime, ended: datetime | None, now: datetime) -> float:
    return max(0.0, ((ended or now) - began).total_seconds())
