"""What the console is given by the composition root. Owns the bundle and its keys; builds nothing itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from aiohttp import web

from agent_console.door_policy import DoorPolicy
from agent_console.reports.freshness import Age
from agent_console.reports.rules import DEFAULT_RULES, ReportRules
from agent_console.town_view import TownView
from calls.conversation import ConversationControl
from calls.ports import BrowserPhones, CallControl, CaseMint, Clock, EventBus
from cases.queues import TownQueue
from recordings.month_keys import MonthKeys
from storage.database import Database
from storage.identity_store import IdentityStore
from storage.urgent_notice import UrgentNoticeFile


@dataclass(frozen=True, slots=True)
class ConsoleDependencies:
    """Everything behind the console.

    `session_key` seals stored answers that hold a PIN. `origins` are further addresses (`https://host`) that a browser
    may show the console under; the request's own host is always allowed. `notice` is what callers hear first; `speak`
    (text, language) makes its sound ready and raises SpeechError. `link_lost_since`: when the PBX was last heard, while
    it is not. `queue` is the general queue's name, `queues` all of them, that one first; `queues_of`: extension →
    names of the queues in which that phone is rung. `data_age` tells until when the stored facts are complete.
    `browser_phones` is None where there is no telephone in the browser; browsers reach SIP at `phone_websocket`, or
    when that is empty on `phone_port` of the console's own machine. `snoop_announced`: operator and caller hear a tone
    when a supervisor begins to listen. `text_languages`: calls in these get a text; none: there is no recogniser.
    `ready_checks`: name → coroutine that returns "" or what is wrong, run by `/readyz`.
    """

    database: Database
    identity: IdentityStore
    bus: EventBus
    call_control: CallControl
    conversations: ConversationControl
    case_mint: CaseMint
    town: TownView
    clock: Clock
    recordings_dir: Path
    recording_keys: MonthKeys
    photos_dir: Path
    session_key: str
    origins: tuple[str, ...] = ()
    queue: str = "operators"
    queues: Callable[[], tuple[TownQueue, ...]] = lambda: (TownQueue(name="operators"),)
    queues_of: Callable[[str], tuple[str, ...]] = lambda _extension: ("operators",)
    secure_cookie: bool = False
    operators_hear_own: bool = False
    text_languages: tuple[str, ...] = ()
    snoop_announced: bool = True
    doors: DoorPolicy = field(default_factory=DoorPolicy)
    language: str = "sr"
    notice: UrgentNoticeFile | None = None
    speak: Callable[[str, str], Awaitable[object]] | None = None
    link_lost_since: Callable[[], datetime | None] = lambda: None
    report_rules: ReportRules = DEFAULT_RULES
    data_age: Callable[[datetime], Age] = Age
    browser_phones: BrowserPhones | None = None
    phone_websocket: str = ""
    phone_port: int = 8088
    ready_checks: dict[str, Callable[[], Awaitable[str]]] = field(default_factory=dict)
    bundle_dir: Path = Path(__file__).parent / "static" / "bundle"


DEPENDENCIES = web.AppKey("dependencies", ConsoleDependencies)
