"""What the console is given by the composition root. Owns the bundle and its keys; builds nothing itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from aiohttp import web

from agent_console.town_view import TownView
from calls.ports import CallControl, CaseMint, Clock, EventBus
from storage.database import Database
from storage.identity_store import IdentityStore


@dataclass(frozen=True, slots=True)
class ConsoleDependencies:
    """Everything behind the console.

    `session_key` seals stored answers that hold a PIN. `origins` are further addresses (`https://host`) that a browser
    may show the console under; the request's own host is always allowed. `urgent_notice_on` tells whether callers
    hear one now. `ready_checks`: name → coroutine that returns "" or what is wrong, run by `/readyz`.
    """

    database: Database
    identity: IdentityStore
    bus: EventBus
    call_control: CallControl
    case_mint: CaseMint
    town: TownView
    clock: Clock
    recordings_dir: Path
    photos_dir: Path
    session_key: str
    origins: tuple[str, ...] = ()
    queue: str = "operators"
    secure_cookie: bool = False
    session_length: timedelta = timedelta(hours=12)
    language: str = "sr"
    urgent_notice_on: Callable[[], bool] = lambda: False
    ready_checks: dict[str, Callable[[], Awaitable[str]]] = field(default_factory=dict)
    bundle_dir: Path = Path(__file__).parent / "static" / "bundle"


DEPENDENCIES = web.AppKey("dependencies", ConsoleDependencies)
