"""What the engine waits for, and how a call leaves it. Each wait names the answers that it accepts.

Owns the waits; must not know who fulfils them. Answers are in `ivr/answers.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ivr.prompts import Prompt


@dataclass(frozen=True, slots=True)
class Gather:
    """Say the prompts and listen at the same time: one command for the telephone side. Answer: `Keys` or `HungUp`.

    `timeout_s` is the silence in seconds after the last prompt or the last key. `prompts` may be empty.
    """

    prompts: tuple[Prompt, ...]
    max_digits: int = 1
    timeout_s: float = 5.0
    barge_in: bool = True
    finish_on_key: str = "#"


@dataclass(frozen=True, slots=True)
class Lookup:
    """Ask a store. Kind `case_status`: args `case` (digits), `pin`. Answer: `LookupResult`, `Failed` or `HungUp`."""

    kind: str
    args: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Record:
    """Record the caller after a tone. Answer: `Recorded` (also when the caller hung up during it), or `Failed`.

    `max_s`, `silence_s` in seconds: the longest recording, and the silence that ends it.
    """

    kind: str
    max_s: int = 180
    silence_s: int = 6
    finish_on_key: str = "#"


@dataclass(frozen=True, slots=True)
class CaseDraft:
    """A case to be made: the telephone side adds number, PIN, caller and channel. `audio` as in `Recorded`."""

    kind: str
    service_code: str | None
    description: str
    language: str
    audio: str = ""


@dataclass(frozen=True, slots=True)
class CreateCase:
    """Mint a case, journal it (`CASE_CREATED`), even if the caller has hung up. Answer: `CaseCreated` or `Failed`."""

    draft: CaseDraft


Wait = Gather | Lookup | Record | CreateCase


@dataclass(frozen=True, slots=True)
class End:
    """The engine has finished. `destination`: `calls.channel_variables.Destination`; `queue` when it is a queue.

    `priority`: whoever has more is served before those who have less.
    """

    destination: str
    queue: str = ""
    reason: str = ""
    priority: int = 0
