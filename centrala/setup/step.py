"""What a set-up step is. Must not know any particular step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from centrala.errors import CommandFailed

Progress = Callable[[int, int, str], None]
"""Called with (done, total, what is being done now)."""


class SetupError(CommandFailed):
    """A step could not be done. The text is one line: what, where, how to mend."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that must be there. `is_done` is quick and needs no network; `do` may be repeated safely."""

    name: str
    why: str
    is_done: Callable[[], bool]
    do: Callable[[Progress], None]
