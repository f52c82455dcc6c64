"""What comes back to the engine when a wait is over. Owns the answers; must not know who gives them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys pressed, without the finishing key; empty: silence until the time limit."""

    digits: str = ""


@dataclass(frozen=True, slots=True)
class HungUp:
    """The caller is gone."""


@dataclass(frozen=True, slots=True)
class LookupResult:
    """`found`: there is something to say, and `sentence` says it in the call's language."""

    found: bool
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recording is on the disk. `audio`: path below the recordings folder; `seconds`: its length."""

    audio: str
    seconds: float
    hung_up: bool = False


@dataclass(frozen=True, slots=True)
class CaseCreated:
    """A case is in the journal. `number`: digits only; `pin` empty: made before a crash, its PIN is not known here."""

    number: str
    pin: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The wait could not be fulfilled: store down, time limit, disk full."""

    reason: str


Answer = Keys | HungUp | LookupResult | Recorded | CaseCreated | Failed
