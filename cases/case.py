"""What a case is. Owns its words and its shape; must not know who reported it (identity has a store of its own)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from calls.ids import CaseNumber
from cases.lifecycle import ENDED, Status


class CaseKind(StrEnum):
    """What the citizen wants."""

    REQUEST = "request"
    INFORMATION = "information"
    SUGGESTION = "suggestion"
    COMPLAINT = "complaint"


class CaseChannel(StrEnum):
    """How it came in."""

    PHONE = "phone"
    WEB = "web"
    EMAIL = "email"
    SMS = "sms"
    FAX = "fax"
    LETTER = "letter"
    IN_PERSON = "in_person"
    MOBILE = "mobile"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCase:
    """A case as somebody wants it made. Number and PIN come from the mint, owner and deadline from the service."""

    number: CaseNumber
    pin_hash: str
    kind: CaseKind
    channel: CaseChannel
    owner: str
    created_by: str
    created_at: datetime
    due_at: datetime | None = None
    status: Status = Status.RECEIVED
    service_code: str | None = None
    organisation: str | None = None
    description: str = ""
    street: str = ""
    house_number: str = ""
    latitude: float | None = None
    longitude: float | None = None
    language: str = "sr"
    linkedid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case(NewCase):
    """A stored case. `version` counts its changes: an update names the version that its author saw."""

    updated_at: datetime
    closed_at: datetime | None = None
    version: int = 1

    def is_open(self) -> bool:
        """Tell whether somebody still has to do something."""
        return self.status not in ENDED

    def is_overdue(self, now: datetime) -> bool:
        """Tell whether the deadline has passed while the case is open."""
        return self.is_open() and self.due_at is not None and self.due_at < now


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEvent:
    """One line of a case's timeline. Kinds: created, transition, note, call, message, order, photo, edit."""

    id: int
    case_number: str
    at: datetime
    kind: str
    actor: str
    data: dict[str, object]
