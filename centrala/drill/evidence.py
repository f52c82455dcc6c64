"""What is known of the calls of a drill, from each side. Owns shapes; the oracle joins them, `collect` fills them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Wish(StrEnum):
    """What a caller calls for."""

    MESSAGE = "message"  # to report something: nobody is free, so a message is left and becomes a case
    INFORMATION = "information"
    HANG_UP = "hang_up"  # changes his mind, at any moment
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class CallerSide:
    """One call as its caller saw it. `number` was used for this call only, so it joins the call to the other sides.

    `served`: the other side ended the call, so the caller was led to the end of something. `told`: case numbers
    (digits) that he heard. `spoke`: he said something after a tone. `dead_air`: longest silence (s) in which something
    should have been heard; None when he had no ears for it (SIPp). `dropped`: the line broke under him.
    """

    number: str
    wish: Wish
    answered: bool
    served: bool = False
    spoke: bool = False
    told: tuple[str, ...] = ()
    dead_air: float | None = None
    dropped: bool = False


@dataclass(frozen=True, slots=True)
class CelCall:
    """An inbound call in Asterisk's own event log."""

    linkedid: str
    caller: str
    answered: bool


@dataclass(frozen=True, slots=True)
class Record:
    """A row of `calls`."""

    linkedid: str
    outcome: str | None
    ended: bool


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A row of `cases`; `created`: how many lines of its timeline say that it was created."""

    number: str
    linkedid: str | None
    created: int = 1


@dataclass(frozen=True, slots=True)
class SoundRow:
    """A row of `recordings`."""

    id: str
    linkedid: str
    kind: str
    path: str
    state: str


@dataclass(frozen=True, slots=True)
class MissedRow:
    """A row of the missed list."""

    linkedid: str
    open: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """All sides but the callers'. `journal`: linkedid → case numbers journalled for it (often none).

    `audio`: bytes of each sound file, by its path below the recordings folder. `spooled`: sounds still in a spool.
    """

    cel: tuple[CelCall, ...] = ()
    journal: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    records: tuple[Record, ...] = ()
    cases: tuple[CaseRow, ...] = ()
    missed: tuple[MissedRow, ...] = ()
    sounds: tuple[SoundRow, ...] = ()
    audio: Mapping[str, int] = field(default_factory=dict)
    spooled: tuple[str, ...] = ()
