"""Shapes of cases in the API. The reporter goes in and never comes out: identity has a store of its own."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

Kind = Literal["request", "information", "suggestion", "complaint"]
Channel = Literal["phone", "web", "email", "sms", "fax", "letter", "in_person", "mobile"]


class ReporterIn(BaseModel):
    """Who reported, for the identity store only. `contact` is the number or address for `tell_by`."""

    name: str = Field("", max_length=120)
    contact: str = Field("", max_length=200)
    tell_by: Literal["none", "phone", "sms", "email", "letter"] = "none"


class CaseIn(BaseModel):
    """A new case. Body and deadline follow from `service_code`; without one it is the city administration's."""

    kind: Kind = "request"
    channel: Channel = "phone"
    service_code: str | None = Field(None, max_length=64)
    description: str = Field("", max_length=5000)
    street: str = Field("", max_length=200)
    house_number: str = Field("", max_length=20)
    latitude: float | None = Field(None, ge=-90, le=90)
    longitude: float | None = Field(None, ge=-180, le=180)
    language: str = Field("sr", pattern=r"^[a-z]{2}$")
    linkedid: str | None = Field(None, max_length=64)
    reporter: ReporterIn | None = None

    def draft_key(self, username: str) -> str:
        """Return the key of the draft that this case was written in."""
        return self.linkedid or f"user:{username}"


class CaseShape(BaseModel):
    """A case. `number` is digits, `shown` is how people write it. `version` goes back with a change."""

    number: str
    shown: str
    kind: str
    channel: str
    status: str
    service_code: str | None
    service_name: str
    organisation: str | None
    organisation_name: str
    description: str
    street: str
    house_number: str
    latitude: float | None
    longitude: float | None
    language: str
    created_at: datetime
    updated_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    overdue: bool
    owner: str
    created_by: str
    linkedid: str | None
    version: int


class CaseCreated(CaseShape):
    """The new case with the PIN to tell the citizen. The PIN is said once and stored nowhere in clear."""

    pin: str
    pin_note: str = "told once"


class CaseList(BaseModel):
    """A page of cases."""

    items: list[CaseShape]
    total: int


class TimelineLine(BaseModel):
    """One line of the timeline."""

    id: int
    at: datetime
    kind: str
    actor: str
    data: dict[str, Any]


class AttemptShape(BaseModel):
    """One try of an order. `reason`: from a closed list, where `outcome` does not say enough; `detail`: technical."""

    number: int
    path: str
    target: str
    started_at: datetime
    ended_at: datetime | None
    outcome: str | None
    keys: str | None
    recording: str | None
    detail: str | None
    reason: str | None
    sip_code: int | None


class OrderShape(BaseModel):
    """An order and its tries."""

    id: str
    case_number: str
    organisation: str
    crew: str
    text: str
    state: str
    created_at: datetime
    created_by: str
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    attempts: list[AttemptShape]


class CaseDetail(CaseShape):
    """A case with its timeline, orders, and what the sender may make of it."""

    timeline: list[TimelineLine]
    orders: list[OrderShape]
    transitions: list[str]


class TransitionIn(BaseModel):
    """A wanted change of state. `version`: what the sender saw."""

    status: str = Field(max_length=16)
    version: int = Field(ge=1)
    note: str = Field("", max_length=2000)
    organisation: str | None = Field(None, max_length=64)


class NoteIn(BaseModel):
    """A note for the timeline."""

    text: str = Field(min_length=1, max_length=5000)


class OrderIn(BaseModel):
    """An order to send. Free text is not spoken: hazards come from a closed list. Omitted: the body's first crew."""

    organisation: str | None = Field(None, max_length=64)
    crew: str | None = Field(None, max_length=64)
    urgent: bool = False
    hazards: list[Literal["water_on_road", "road_blocked", "danger_to_people", "flooding_inside", "no_supply"]] = Field(
        default_factory=list, max_length=5
    )


class Stored(BaseModel):
    """It is on the timeline."""

    stored: bool = True
    id: str = ""


class Preview(BaseModel):
    """What a category means, before the case is saved."""

    service_code: str
    organisation: str
    organisation_name: str
    due_at: datetime
    questions: list[str]
    procedure: list[str]
