"""What a new case gets before anybody has looked at it: a responsible body and a deadline. Pure.

Nobody's case does not exist: an unknown category belongs to the city administration and is due as Temerin's rule says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

DEFAULT_ORGANISATION: Final = "city"
DEFAULT_HOURS: Final = 48.0


@dataclass(frozen=True, slots=True)
class Intake:
    """Who answers for a case, and until when."""

    organisation: str
    due_at: datetime


class IntakeRules(Protocol):
    """The town's rules (made of its services by the composition root)."""

    def intake(self, service_code: str | None, at: datetime) -> Intake:
        """Return the body and deadline for a case received at `at`; an unknown service gets the default ones."""
        ...
