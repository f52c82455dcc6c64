"""What the town decided about its doors: how long sessions and tokens live, who needs a second factor. Owns no door."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from agent_console.access import Role

_FACTOR_ROLES: Final = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class DoorPolicy:
    """Lifetimes and demands. `token_length` None: a token without an end of its own."""

    session_length: timedelta = timedelta(hours=12)
    idle_length: timedelta = timedelta(minutes=30)
    pending_length: timedelta = timedelta(minutes=10)
    token_length: timedelta | None = timedelta(days=365)
    second_factor_required: bool = False
    creates_per_minute: int = 300
    costly_per_minute: int = 600

    def needs_second_factor(self, role: str) -> bool:
        """Say whether an account of this role cannot sign in without one."""
        return self.second_factor_required and role in _FACTOR_ROLES

    def token_expiry(self, now: datetime) -> datetime | None:
        """Return when a token made now ends."""
        return None if self.token_length is None else now + self.token_length
