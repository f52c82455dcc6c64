"""The town: its organisations, services, crews, radio and lines, as typed frozen models.

Owns meaning and shape; must not know files (`cases/town_loader.py`), the calendar (`ivr/schedule.py`) or the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from cases.gazetteer import Gazetteer, Street

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
Extension = Annotated[str, StringConstraints(pattern=r"^[0-9]{2,6}$")]
PhoneNumber = Annotated[str, StringConstraints(pattern=r"^\+?[0-9]{2,15}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class TownModel(BaseModel):
    """Frozen, and strict about names."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Trunk(TownModel):
    """A line to the telephone network. `match`: addresses from which its calls come; `server`: where ours go."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
    match: tuple[str, ...] = Field(min_length=1)
    server: str | None = None
    username: str | None = None
    secret_file: str | None = None
    """File below the variable data that holds the password: never the password itself."""
    register_line: bool = Field(default=False, alias="register")
    trust_identity: bool = False
    """Take the caller's number from P-Asserted-Identity: only from a provider who has checked it."""


class Operator(TownModel):
    """An operator's phone: SIP user name = extension."""

    extension: Extension
    languages: tuple[Language, ...] = ("sr",)


class Organisation(TownModel):
    """A body that answers for services. `duty_phone`: who is rung when a crew does not answer."""

    id: Identifier
    name: Text
    names: Mapping[Language, Text] = Field(default_factory=dict)
    duty_phone: PhoneNumber
    email: str = ""
    language: Language = "sr"

    def name_in(self, language: str) -> str:
        """Return the name in `language`, else the name in the town's own."""
        return self.names.get(language, self.name)


class TriageQuestion(TownModel):
    """What an operator asks, and why or what follows from the answer."""

    ask: Text
    note: str = ""


class Service(TownModel):
    """A category of cases (Open311 service). `hours` to answer, counted by `clock`."""

    code: Identifier
    names: Mapping[Language, Text]
    organisation: Identifier
    group: str = ""
    hours: float = Field(gt=0, le=24 * 90)
    clock: Literal["calendar", "working"]
    urgent: bool = False
    questions: tuple[TriageQuestion, ...] = ()
    procedure: tuple[Text, ...] = Field(min_length=1)

    def name_in(self, language: str) -> str:
        """Return the name in `language`, else in Serbian, else the code."""
        return self.names.get(language) or self.names.get("sr") or self.code


class Crew(TownModel):
    """Who goes out. `radio`: a gateway's id; `talkgroup` is spoken to there; `phone` is the crew's telephone."""

    id: Identifier
    name: Text
    organisation: Identifier
    language: Language = "sr"
    radio: Identifier | None = None
    talkgroup: str = ""
    phone: PhoneNumber | None = None


class RadioGateway(TownModel):
    """A SIP gateway into the radio network."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
    name: Text
    uri: Annotated[str, StringConstraints(pattern=r"^sips?:[0-9A-Za-z.:@_-]+$")]


class Camera(TownModel):
    """A camera over a public area; a snapshot is evidence on a case."""

    id: Identifier
    name: Text
    snapshot_url: str
    latitude: float
    longitude: float


class DataLookup(TownModel):
    """A municipal database that the menu or the console may ask."""

    id: Identifier
    name: Text
    url: str
    timeout_s: float = Field(default=1.5, gt=0, le=5)


class Point(TownModel):
    """A place on the earth, WGS 84 degrees."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


class Town(TownModel):
    """Everything that makes this town this town."""

    name: Text
    country_code: str = "RS"
    time_zone: str
    languages: tuple[Language, ...] = Field(min_length=1)
    centre: Point
    dids: tuple[PhoneNumber, ...] = Field(min_length=1)
    queue: Identifier = "operators"
    trunks: tuple[Trunk, ...] = ()
    operators: tuple[Operator, ...] = Field(min_length=1)
    duty_phones: tuple[PhoneNumber, ...] = Field(min_length=1)
    """Rung, in this order, when an organisation's own duty telephone does not answer."""
    organisations: tuple[Organisation, ...] = Field(min_length=1)
    services: tuple[Service, ...] = Field(min_length=1)
    crews: tuple[Crew, ...] = ()
    radio_gateways: tuple[RadioGateway, ...] = ()
    cameras: tuple[Camera, ...] = ()
    lookups: tuple[DataLookup, ...] = ()
    gazetteer: Gazetteer

    @property
    def default_language(self) -> str:
        """Return the language of a caller who chose none: the first."""
        return self.languages[0]

    @property
    def operator_extensions(self) -> tuple[str, ...]:
        """Return the extensions of the operators' phones."""
        return tuple(operator.extension for operator in self.operators)

    @property
    def streets(self) -> tuple[Street, ...]:
        """Return every street of the gazetteer."""
        return self.gazetteer.streets

    def service(self, code: str | None) -> Service | None:
        """Return a service by code."""
        return next((service for service in self.services if service.code == code), None)

    def organisation(self, identifier: str | None) -> Organisation | None:
        """Return an organisation by id."""
        return next((one for one in self.organisations if one.id == identifier), None)

    def responsible_for(self, service_code: str | None) -> Organisation:
        """Return the body that answers for a service; for an unknown one the first organisation: no case is unowned."""
        service = self.service(service_code)
        return (self.organisation(service.organisation) if service else None) or self.organisations[0]

    def crew(self, identifier: str | None) -> Crew | None:
        """Return a crew by id."""
        return next((crew for crew in self.crews if crew.id == identifier), None)

    def crews_of(self, organisation: str) -> tuple[Crew, ...]:
        """Return the crews of an organisation, in the order of the file: the first gets the orders."""
        return tuple(crew for crew in self.crews if crew.organisation == organisation)

    def radio_gateway(self, identifier: str | None) -> RadioGateway | None:
        """Return a gateway by id."""
        return next((gateway for gateway in self.radio_gateways if gateway.id == identifier), None)
