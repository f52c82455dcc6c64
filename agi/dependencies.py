"""All that the AGI routes need of other rooms, as ports. Injected by the composition root; implements nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from agi.phone import Deadlines
from agi.sounds import Sounds
from calls.ids import CaseNumber
from calls.languages import DEFAULT_LANGUAGE
from calls.ports import CaseMint, CaseStatusAnswer, CaseStatusLookup, Clock, JournalWriter, OrderScripts
from cases.callbacks import Callback
from cases.queues import TownQueue, choose_queue
from ivr.context import UrgentNotice
from ivr.loader import Flows
from ivr.notices import Notice
from ivr.schedule import Calendar


class RecallingCaseMint(CaseMint, Protocol):
    """A mint that can still say a number's PIN after a crash (implemented in storage/case_mint.py)."""

    def pin_of(self, number: CaseNumber) -> str:
        """Return the PIN that `new_case` gave with this number."""
        ...


class UrgentNoticeStore(Protocol):
    """The urgent notice that callers hear first (implemented in storage/urgent_notice.py)."""

    def current(self) -> UrgentNotice | None:
        """Return the notice that is on, cheaply: called once per call."""
        ...

    def new_recording(self) -> Path:
        """Return where the next recorded notice goes, without extension; its folder exists."""
        ...

    def switch_on(self, sound: Path, *, by: str) -> None:
        """Make `sound` (path without extension) the notice; it ends by itself. Raises OSError."""
        ...

    def switch_off(self) -> None:
        """Switch the notice off; off already is not an error. Raises OSError."""
        ...


@dataclass(frozen=True, slots=True)
class Town:
    """The town's data as of now; read once per call, so that a reload drops nobody."""

    flows: Flows
    calendar: Calendar
    notices: tuple[Notice, ...] = ()
    default_language: str = DEFAULT_LANGUAGE
    default_queue: str = "operators"
    queues: tuple[TownQueue, ...] = ()
    callback: Callback | None = None
    country_code: str = "RS"

    def queue_for(self, asked: str, language: str, subject: str) -> str:
        """Return the queue in which a caller is to wait, whom a flow sends to the queue `asked`."""
        known = {queue.name for queue in self.queues}
        wanted = asked if asked in known else self.default_queue
        return choose_queue(self.queues, self.default_queue, wanted, language, subject)


class CallbackTurns(Protocol):
    """The lock that lets one attempt ring a citizen (implemented in storage/callback_turns.py)."""

    async def take(self, callback_id: int, linkedid: str) -> bool:
        """Return whether the call `linkedid` is the one that may. Raises OSError when that cannot be said."""
        ...


@dataclass(frozen=True, slots=True)
class Dependencies:
    """Ports and limits. `lookup_time`, `step` limits in seconds; `recordings` is the recordings folder; `node` 0–9."""

    node: int
    clock: Clock
    journal: JournalWriter
    mint: RecallingCaseMint
    status: CaseStatusLookup
    status_sentence: Callable[[CaseStatusAnswer, str, datetime], str]
    """(answer, language, now) → what the caller hears of the case."""
    sounds: Sounds
    town: Callable[[], Town]
    notice: UrgentNoticeStore
    notice_pin_is_right: Callable[[str], bool]
    orders: OrderScripts
    callback_turns: CallbackTurns
    recordings: Path
    lookup_time: float = 1.5
    deadlines: Deadlines = field(default_factory=Deadlines)
