"""What a language must know to speak numbers, times and a case's status. One file `spoken_<code>.py` fills it in.

Owns the shape of the tables; must not know any language, the clock or how text becomes sound.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class CaseSentences:
    """Sentences about a case, each of few words. In templates `{}` is a phrase that answers "when?" or a name."""

    service: str
    statuses: Mapping[str, str]
    other_status: str
    reported: str
    deadline: str
    overdue: str
    closed: str


@dataclass(frozen=True, slots=True)
class WaitSentences:
    """What a waiting caller is told. `{}` is a number in `place`, a length of time in `about`."""

    place: str
    about: str
    longer: str
    """The wait is longer than what is said in numbers."""
    offer: str
    """One key, and the caller is called back in turn."""


@dataclass(frozen=True, slots=True)
class SpokenLanguage:
    """One language. A "when" phrase can stand in a sentence as it is: `dvadeset trećeg novembra`, `at noon`."""

    code: str
    number: Callable[[int], str]
    """Cardinal number, 0 to 999 999 999."""
    minus: str
    yesterday: str
    today: str
    tomorrow: str
    day: Callable[[date], str]
    """When: day and month."""
    day_and_year: Callable[[date], str]
    """When: day, month and year."""
    time: Callable[[int, int], str]
    """Hour and minute as a name: `devet časova i pet minuta`."""
    at: Callable[[int, int], str]
    """When: hour and minute."""
    days: Callable[[int], str]
    hours: Callable[[int], str]
    minutes: Callable[[int], str]
    """Counted nouns: `dva minuta`."""
    less_than_a_minute: str
    conjunction: str
    case: CaseSentences
    wait: WaitSentences
