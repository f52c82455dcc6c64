"""Calling back in turn: what the town allows, and which numbers may be called. Pure.

Owns the rule that keeps a caller from making the town ring a number that costs. Must not know rows or the PBX.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from calls.caller import Caller, CallerKind

Prefix = Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{0,9}$")]
_SHORTEST: Final = 8
_LONGEST: Final = 15
LONGEST_PROMISE: Final = timedelta(hours=12)
"""After that nobody expects the call any more: a person decides."""


class Callback(BaseModel):
    """How citizens are called back. `numbers`: what an allowed number begins with, in E.164, such as `+3816`.

    `trunk`: the line that our calls go out on; `shown`: the number of ours that the citizen sees.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    trunk: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
    numbers: tuple[Prefix, ...] = Field(min_length=1)
    shown: Annotated[str, StringConstraints(pattern=r"^\+?[0-9]{2,15}$")]
    attempts: int = Field(default=3, ge=1, le=10)
    retry_minutes: int = Field(default=10, ge=1, le=120)
    ring_s: int = Field(default=30, ge=10, le=90)

    def number_of(self, presented: str, region: str) -> str:
        """Return the E.164 number if it may be called, else an empty string."""
        caller = Caller.parse(presented, region, inside=False)
        if caller.kind is not CallerKind.NUMBER or not allowed(caller.number, self.numbers):
            return ""
        return caller.number


def allowed(number: str, prefixes: Sequence[str]) -> bool:
    """Say whether an E.164 number begins with one of `prefixes` and has an ordinary length."""
    if re.fullmatch(rf"\+[0-9]{{{_SHORTEST},{_LONGEST}}}", number) is None:
        return False
    return any(number.startswith(prefix) for prefix in prefixes)


@dataclass(frozen=True, slots=True)
class PlaceInLine:
    """Where a caller stood who asked to be called back: what the dialplan tells the route as its subject."""

    queue: str
    queued_at: int
    priority: int

    @classmethod
    def parse(cls, text: str) -> PlaceInLine:
        """Read `queue/seconds since 1970/priority`. Raises ValueError."""
        found = re.fullmatch(r"([a-z][a-z0-9-]{0,30})/([0-9]{1,12})/([0-9]{1,6})", text)
        if found is None:
            raise ValueError(f"not a place in line: {text[:40]!r}")
        return cls(found[1], int(found[2]), int(found[3]))


def next_try(attempts: int, most: int, asked_at: datetime, now: datetime, retry: timedelta) -> datetime | None:
    """Return when to try again after `attempts` tries that reached nobody; None: a person takes it over."""
    later = now + retry
    return None if attempts >= most or later - asked_at > LONGEST_PROMISE else later
