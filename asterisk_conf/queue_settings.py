"""What a queue's configuration and its part of the dialplan are made from: typed, frozen, checked inputs.

Owns the shapes and their sanity. Must not know the town's files or who is in a queue: the product adds members.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from asterisk_conf.input_checks import refuse_unless as _refuse_unless

_NAME: Final = re.compile(r"^[a-z][a-z0-9-]{0,30}$")
_PHONE: Final = re.compile(r"^[0-9]{2,6}$")
STRATEGIES: Final = frozenset({"rrmemory", "leastrecent", "fewestcalls", "random", "rrordered", "wrandom", "linear"})
MESSAGE: Final = "message"


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """One queue. Times in seconds. Where callers go on to is `message`, another queue's name, or a phone's extension.

    `waiting_per_ready`: callers per operator at work from which a newcomer goes on at once; 0: never.
    """

    name: str = "operators"
    strategy: str = "leastrecent"
    ring: int = 15
    weight: int = 0
    longest_wait: int = 300
    longest_wait_in_fallback: int = 120
    after_wait: str = MESSAGE
    when_empty: str = MESSAGE
    waiting_per_ready: float = 0
    when_crowded: str = MESSAGE

    def __post_init__(self) -> None:
        _refuse_unless(_NAME.fullmatch(self.name) is not None, f"queue name {self.name!r}: small letters, digits, -")
        _refuse_unless(
            not self.name.startswith("own-") and self.name != MESSAGE,
            f"queue name {self.name!r}: this word has a meaning of its own",
        )
        _refuse_unless(
            self.strategy in STRATEGIES,
            f"queue strategy {self.strategy!r}: ringing everybody at once is not offered; use leastrecent or rrmemory",
        )
        _refuse_unless(3 <= self.ring <= 120, f"queue ring time {self.ring} s: use 3 to 120")
        _refuse_unless(0 <= self.weight <= 100, f"queue weight {self.weight}: use 0 to 100")
        _refuse_unless(0 <= self.waiting_per_ready <= 100, f"queue: {self.waiting_per_ready} waiting per operator")
        for target in (self.after_wait, self.when_empty, self.when_crowded):
            fine = _NAME.fullmatch(target) is not None or _PHONE.fullmatch(target) is not None
            _refuse_unless(fine, f"queue {self.name}: callers cannot go on to {target!r}")

    @property
    def targets(self) -> tuple[str, ...]:
        """Return everywhere that callers may go on to."""
        return (self.after_wait, self.when_empty, self.when_crowded)


@dataclass(frozen=True, slots=True)
class CallbackSettings:
    """How citizens are called back: the line, what an allowed number begins with (E.164), the number shown, seconds."""

    trunk: str
    numbers: tuple[str, ...]
    shown: str
    ring: int = 30

    def __post_init__(self) -> None:
        _refuse_unless(_NAME.fullmatch(self.trunk) is not None, f"callback trunk {self.trunk!r}")
        _refuse_unless(bool(self.numbers), "callback: no number may be called; leave callbacks out")
        for prefix in self.numbers:
            fine = re.fullmatch(r"\+[1-9][0-9]{0,9}", prefix) is not None
            _refuse_unless(fine, f"callback number {prefix!r}: + and digits of the international form")
        _refuse_unless(re.fullmatch(r"\+?[0-9]{2,15}", self.shown) is not None, f"callback shows {self.shown!r}")
        _refuse_unless(10 <= self.ring <= 90, f"callback ring time {self.ring} s: use 10 to 90")
