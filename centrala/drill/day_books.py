"""What callers and operators of a simulated day write down. Owns shapes; moments are epoch seconds.

Nothing here comes from what the product stored.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field


@dataclass(slots=True)
class Seen:
    """One call as its caller saw it; epoch seconds, 0.0: it did not happen.

    `keyed`: when the exchange took each key. `ended`: when it was over, because the caller
    left or because he was `served` (the other side hung up).
    """

    number: str
    called: float = 0.0
    answered: float = 0.0
    keyed: list[float] = field(default_factory=list)
    ended: float = 0.0
    served: bool = False


@dataclass(slots=True)
class Ring:
    """One call at the telephone; moments are epoch seconds, 0.0: it did not happen. `number`: whom it showed;
    `asked`: who was called. `passed`: a colleague sent it here.

    `refused`: we answered busy. `ended`: the ring or the conversation was over; `by_us`: we hung up. `broken`: the
    exchange died under it, nobody said goodbye.
    """

    extension: str
    number: str
    at: float
    answered: float = 0.0
    ended: float = 0.0
    refused: bool = False
    by_us: bool = False
    broken: bool = False
    asked: str = ""
    passed: bool = False
    over: asyncio.Event = field(default_factory=asyncio.Event, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class WrappedUp:
    """A wrap-up as the operator saw it: from the end of the conversation to between `low` and `high`, epoch seconds."""

    extension: str
    number: str
    began: float
    low: float
    high: float
    outcome: str


@dataclass(slots=True)
class Stretch:
    """A session or a pause. Each of its ends lies between two moments: asked for, and answered."""

    extension: str
    what: str
    began: tuple[float, float]
    ended: tuple[float, float] = (0.0, 0.0)
