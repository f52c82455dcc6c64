"""The town as the console needs it: services with their bodies and procedures, crews, streets. Owns this narrow shape.

`town_view.py` keeps pages and services apart from the files of the municipality: those may grow, this stays small.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cases.desk_rules import DeskRules
from cases.gazetteer import Gazetteer
from cases.intake import IntakeRules
from cases.town import CitizenCalls, Town
from ivr.loader import Flows


@dataclass(frozen=True, slots=True)
class CrewView:
    """Who goes out, and the language an order is spoken in."""

    id: str
    name: str
    language: str


@dataclass(frozen=True, slots=True)
class OrganisationView:
    """A body that answers for services; the first crew gets the orders unless another is chosen."""

    id: str
    name: str
    crews: tuple[CrewView, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceView:
    """A category. `names` by language; `clock` is calendar or working; `questions` and `procedure` in Serbian."""

    code: str
    names: Mapping[str, str]
    organisation: str
    hours: float
    clock: str = "calendar"
    group: str = ""
    urgent: bool = False
    questions: tuple[str, ...] = ()
    procedure: tuple[str, ...] = ()

    def name(self, language: str) -> str:
        """Return the name in a language, else in Serbian, else the code."""
        return self.names.get(language) or self.names.get("sr") or self.code


@dataclass(frozen=True, slots=True)
class TargetView:
    """A telephone outside to which a call may be sent: word of `calls.conversation.Target`, and its name."""

    word: str
    name: str


@dataclass(frozen=True, slots=True)
class TownView:
    """Everything. `centre`: (latitude, longitude)."""

    name: str
    languages: tuple[str, ...]
    organisations: Mapping[str, OrganisationView]
    services: tuple[ServiceView, ...]
    gazetteer: Gazetteer
    rules: IntakeRules
    operators: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    queue_names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Queue → language → what people call it."""
    outside: tuple[TargetView, ...] = ()
    """Duty telephones and organisations' own operators."""
    zone: str = "Europe/Belgrade"
    centre: tuple[float, float] = (0.0, 0.0)
    desk: DeskRules = field(default_factory=DeskRules)
    dids: tuple[str, ...] = ()
    numbers_verified: bool = False
    """Every line from outside vouches for its callers' numbers (`trust_identity`)."""
    citizen_calls: CitizenCalls | None = None
    places: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """`flow.node` and, where flows do not differ, `node` → language → what the menu's place is called."""

    def place_name(self, node: str, language: str, flow: str = "") -> str:
        """Return what a place of the menu is called; the node's own name when nobody named it."""
        words = self.places.get(f"{flow}.{node}") or self.places.get(node) or {}
        return words.get(language) or words.get("sr") or node.replace("_", " ")

    def service(self, code: str | None) -> ServiceView | None:
        """Return the service of a code."""
        return next((service for service in self.services if service.code == code), None)

    def target_name(self, word: str) -> str:
        """Return the name of a transfer target for showing: an extension, a queue, or a telephone outside."""
        return next((one.name for one in self.outside if one.word == word), word.partition("-")[2])

    def organisation_name(self, identifier: str | None) -> str:
        """Return the name for showing; an unknown id is shown as it is."""
        found = self.organisations.get(identifier or "")
        return found.name if found else identifier or ""

    def crew_name(self, organisation: str, crew: str) -> str:
        """Return the name for showing; an unknown id is shown as it is."""
        found = self.organisations.get(organisation)
        return next((one.name for one in found.crews if one.id == crew), crew) if found else crew


def place_names(flows: Flows) -> dict[str, Mapping[str, str]]:
    """Return the names of the menu's places for `TownView.places`."""
    found: dict[str, Mapping[str, str]] = {}
    differ: set[str] = set()
    for (flow, node), words in flows.names.items():
        found[f"{flow}.{node}"] = words
        if found.setdefault(node, words) != words:
            differ.add(node)
    return {name: words for name, words in found.items() if name not in differ}


def town_view(
    town: Town,
    rules: IntakeRules,
    language: str = "sr",
    outside: tuple[TargetView, ...] = (),
    flows: Flows | None = None,
) -> TownView:
    """Return the console's view of a town. `outside`: telephones to which callers may be put through."""
    return TownView(
        name=town.name,
        languages=town.languages,
        organisations={
            one.id: OrganisationView(
                id=one.id,
                name=one.name_in(language),
                crews=tuple(CrewView(crew.id, crew.name, crew.language) for crew in town.crews_of(one.id)),
            )
            for one in town.organisations
        },
        services=tuple(
            ServiceView(
                code=one.code,
                names=one.names,
                organisation=one.organisation,
                hours=one.hours,
                clock=one.clock,
                group=one.group,
                urgent=one.urgent,
                questions=tuple(
                    f"{question.ask} ({question.note})" if question.note else question.ask for question in one.questions
                ),
                procedure=one.procedure,
            )
            for one in town.services
        ),
        gazetteer=town.gazetteer,
        rules=rules,
        operators=town.operator_extensions,
        queues=tuple(one.name for one in town.all_queues),
        queue_names={one.name: one.names for one in town.all_queues},
        outside=outside,
        zone=town.time_zone,
        centre=(town.centre.latitude, town.centre.longitude),
        dids=town.dids,
        numbers_verified=bool(town.trunks) and all(trunk.trust_identity for trunk in town.trunks),
        citizen_calls=town.citizen_calls,
        places=place_names(flows) if flows is not None else {},
        desk=town.desk,
    )
