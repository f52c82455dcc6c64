"""One turn of the engine: from an answer to the next wait. Owns the shape that a driver executes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from calls.journal_entries import EntryKind
from ivr.commands import Command
from ivr.session import Session
from ivr.waits import End, Wait

Fact = tuple[EntryKind, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Turn:
    """What to do now, in this order: journal `facts`, execute `commands`, then `wait` (or leave, when it is an `End`).

    A driver that wants another server to be able to go on journals `session.to_json()` together with the facts.
    """

    session: Session
    facts: tuple[Fact, ...]
    commands: tuple[Command, ...]
    wait: Wait | End
