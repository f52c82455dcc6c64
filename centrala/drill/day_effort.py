"""How large a simulated day is, and what became of one. Owns the shapes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from centrala.drill.day_books import Ring
from centrala.drill.day_reports import Compared
from centrala.drill.day_script import FAULTS, FEWEST_CALLS
from centrala.drill.day_truth import Truth
from centrala.drill.oracle import Verdict


@dataclass(frozen=True, slots=True)
class DayEffort:
    """How large a day is. `rate`: calls per second; `gap`: seconds before each key that follows a menu.

    `meeting`: how long a meeting lasts after its last caller has called. `browsers`: how many operators sit at a real
    Chromium. Raises ValueError.
    """

    calls: int = 2000
    operators: int = 20
    rate: float = 1.0
    gap: float = 2.5
    seed: int = 0
    faults: Sequence[str] = FAULTS
    meeting: float = 20.0
    browsers: int = 2

    def __post_init__(self) -> None:
        if not 5 <= self.operators <= 99:
            raise ValueError("a day has 5 to 99 operators")
        if not 0 <= self.browsers <= self.operators - 3:
            raise ValueError("at least three operators of a day have no browser")
        if self.calls < FEWEST_CALLS or self.rate <= 0:
            raise ValueError(f"a day has at least {FEWEST_CALLS} calls, and more than none a second")


@dataclass(frozen=True, slots=True)
class DayResult:
    """A day that was judged. `strange`: what endpoints saw that no plan knows; `seconds`: how long it lasted.

    `refreshed`: how often an operator's page was loaded anew in mid-conversation.
    """

    effort: DayEffort
    truth: Truth
    compared: Sequence[Compared]
    verdict: Verdict
    strange: Sequence[str]
    rings: Sequence[Ring]
    refreshed: int
    seconds: float

    @property
    def findings(self) -> list[str]:
        """Everything that must not be, as sentences."""
        return [*self.strange, *(str(one) for one in self.compared if not one.agrees), *self.verdict.findings]
