"""The kinds of alarm, and how an alarm's id is made. Must not know their words: pages and voices have them.

The id is the kind, and where there can be several at once what it is about: `trunk_down:telekom`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NewType

AlarmId = NewType("AlarmId", str)
_LONGEST: Final = 64


class AlarmKind(StrEnum):
    """An id up to its colon. Stored, and given by the API: add, never rename."""

    AMI_LOST = "ami_lost"
    CALLS_ENDLESS = "calls_endless"
    CASES_OVERDUE = "cases_overdue"
    CEL_MISSING = "cel_missing"
    DEAD_LETTER = "dead_letter"  # :row of the outbox
    DISK_LOW = "disk_low"
    IDLE_BESIDE_WAITING = "idle_beside_waiting"
    JOURNAL = "journal"  # :call:step
    NO_OPERATORS = "no_operators"
    RECORD_BACKLOG = "record_backlog"
    RECORDING_DAMAGED = "recording_damaged"  # :recording
    RECORDINGS_PURGE = "recordings_purge"
    RECORDINGS_UNLINKED = "recordings_unlinked"
    RECORDINGS_WAITING = "recordings_waiting"
    SEND_FAILED = "send_failed"  # :order
    SYNTHETIC_CALL = "synthetic_call"
    SYNTHETIC_SOUND = "synthetic_sound"
    TRUNK_DOWN = "trunk_down"  # :line


CLOSED_BY_HAND: Final = frozenset({AlarmKind.DEAD_LETTER, AlarmKind.JOURNAL, AlarmKind.RECORDING_DAMAGED})
"""Kinds that nothing can look at again to see that they are over: who has mended it says so."""


def alarm_id(kind: AlarmKind, about: object = "") -> AlarmId:
    """Return the id of an alarm, at most 64 characters. `about`: which of several; empty where there is but one."""
    return AlarmId(f"{kind}:{about}"[:_LONGEST] if about != "" else kind.value)


def kind_and_about(alarm: str) -> tuple[str, str]:
    """Return an id's kind, which a newer version may have stored and this one not know, and what it is about."""
    kind, _, about = alarm.partition(":")
    return kind, about
