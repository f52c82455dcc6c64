"""The town: its organisations, services, crews, radio and lines, as typed frozen models.

Owns meaning and shape; must not know files (`cases/town_loader.py`), the calendar (`ivr/schedule.py`) or the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from cases.callbacks import Callback
from cases.desk_rules import DeskRules
from cases.gazetteer import Gazetteer, Street
from cases.queues import OWN_QUEUE, Subject, TownQueue

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
Extension = Annotated[str, StringConstraints(pattern=r"^[0-9]{2,6}$")]
PhoneNumber = Annotated[str, StringConstraints(pattern=r"^\+?[0-9]{2,15}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


LONGEST_EXTENSION: Final = 5
"""Digits of a number that one of our own telephones has; a longer one needs a line that can call out."""


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


class CitizenCalls(TownModel):
    """How citizens are called back. `trunk`: a trunk with `server:`; `allow`: the only numbers that may be dialled.

    A pattern is an E.164 number in which X stands for any digit, Z for 1–9, N for 2–9: never an open end, so that no
    mistake and no intruder can dial a number that the town did not mean to pay for.
    """

    trunk: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
    allow: tuple[Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9XZN]{5,14}$")], ...] = Field(min_length=1)

    def allows(self, number: str) -> bool:
        """Say whether this E.164 number may be dialled."""
        return any(len(number) == len(pattern) and all(map(_fits, pattern, number)) for pattern in self.allow)


def _fits(wanted: str, digit: str) -> bool:
    digits = {"X": "0123456789", "Z": "123456789", "N": "23456789"}.get(wanted, wanted)
    return digit in digits


class Operator(TownModel):
    """An operator's phone: SIP user name = extension."""

    extension: Extension
    languages: tuple[Language, ...] = ("sr",)
    subjects: tuple[Subject, ...] = ()
    """What else than general questions this operator knows about: queues ask for it by the same word."""


class OwnOperator(TownModel):
    """A caller whose open case an operator took within `days` is rung through to them first, for `ring_s` seconds."""

    days: int = Field(default=14, ge=0, le=365)
    """0: never."""
    ring_s: int = Field(default=12, ge=3, le=60)


class Organisation(TownModel):
    """A body that answers for services. `duty_phone`: who is rung when a crew does not answer.

    `phone`: its own operators, to whom a caller may be put through.
    """

    id: Identifier
    name: Text
    names: Mapping[Language, Text] = Field(default_factory=dict)
    duty_phone: PhoneNumber
    phone: PhoneNumber | None = None
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
    """The general queue: it serves everybody."""
    queues: tuple[TownQueue, ...] = ()
    own_operator: OwnOperator = OwnOperator()
    callback: Callback | None = None
    """None: callers who wait are not offered to be called back."""
    trunks: tuple[Trunk, ...] = ()
    citizen_calls: CitizenCalls | None = None
    """Without it nobody outside can be called: the worklist says so."""
    operators: tuple[Operator, ...] = Field(min_length=1)
    duty_phones: tuple[PhoneNumber, ...] = Field(min_length=1)
    """Rung, in this order, when an organisation's own duty telephone does not answer."""
    organisations: tuple[Organisation, ...] = Field(min_length=1)
    services: tuple[Service, ...] = Field(min_length=1)
    crews: tuple[Crew, ...] = ()
    radio_gateways: tuple[RadioGateway, ...] = ()
    cameras: tuple[Camera, ...] = ()
    lookups: tuple[DataLookup, ...] = ()
    desk: DeskRules = DeskRules()
    gazetteer: Gazetteer

    @property
    def can_call_out(self) -> bool:
        """Say whether a line leads to the telephone network."""
        return any(trunk.server is not None for trunk in self.trunks)

    @property
    def default_language(self) -> str:
        """Return the language of a caller who chose none: the first."""
        return self.languages[0]

    @property
    def operator_extensions(self) -> tuple[str, ...]:
        """Return the extensions of the operators' phones."""
        return tuple(operator.extension for operator in self.operators)

    @property
    def all_queues(self) -> tuple[TownQueue, ...]:
        """Return every queue, the general one first; a town that describes none has that one."""
        general = next((one for one in self.queues if one.name == self.queue), TownQueue(name=self.queue))
        return (general, *(one for one in self.queues if one.name != self.queue))

    def queues_of(self, extension: str) -> tuple[str, ...]:
        """Return the names of the queues in which this phone is rung: by its operator's skills, and the own one.

        A phone that the town does not name has no skills; it is rung for the general queue alone.
        """
        found = next((one for one in self.operators if one.extension == extension), None)
        if found is None:
            return (self.queue,)
        skilled = (one.name for one in self.all_queues if one.answers(found.languages, found.subjects))
        return (*skilled, f"{OWN_QUEUE}{extension}")

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
