"""The town as the console needs it: services with their bodies and procedures, crews, streets. Owns this narrow shape.

`town_view.py` keeps pages and services apart from the files of the municipality: those may grow, this stays small.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cases.gazetteer import Gazetteer
from cases.intake import IntakeRules
from cases.town import Town


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
class TownView:
    """Everything. `centre`: (latitude, longitude)."""

    name: str
    languages: tuple[str, ...]
    organisations: Mapping[str, OrganisationView]
    services: tuple[ServiceView, ...]
    gazetteer: Gazetteer
    rules: IntakeRules
    zone: str = "Europe/Belgrade"
    centre: tuple[float, float] = (0.0, 0.0)

    def service(self, code: str | None) -> ServiceView | None:
        """Return the service of a code."""
        return next((service for service in self.services if service.code == code), None)

    def organisation_name(self, identifier: str | None) -> str:
        """Return the name for showing; an unknown id is shown as it is."""
        found = self.organisations.get(identifier or "")
        return found.name if found else identifier or ""


def town_view(town: Town, rules: IntakeRules, language: str = "sr") -> TownView:
    """Return the console's view of a town."""
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
        zone=town.time_zone,
        centre=(town.centre.latitude, town.centre.longitude),
    )
