"""Reads a town's folder into a `Town`, or says every problem with file, line and mend.

Owns which file holds what, and the references between the files. Flows, prompts and the calendar belong to `ivr`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from calls.problems import FileProblemsError, Problem
from calls.yaml_source import YamlSource, parse_yaml
from cases.gazetteer import Gazetteer
from cases.street_file import load_streets
from cases.town import Camera, Crew, DataLookup, Organisation, RadioGateway, Service, Town, TownModel

One = TypeVar("One", bound=TownModel)


class MunicipalityError(FileProblemsError):
    """The town's folder cannot be used; `problems` says where and how to mend."""


@dataclass(slots=True)
class _Reading:
    """One pass over the folder: what was wrong, and where each entry stands."""

    directory: Path
    problems: list[Problem] = field(default_factory=list)
    sources: dict[str, YamlSource] = field(default_factory=dict)

    def source(self, name: str, *, optional: bool = False) -> YamlSource | None:
        file = self.directory / name
        if optional and not file.exists():
            return None
        try:
            found = parse_yaml(file.read_text("utf-8"), str(file))
        except FileProblemsError as error:
            self.problems.extend(error.problems)
        except (OSError, UnicodeDecodeError) as error:
            self.problems.append(Problem(str(file), 0, f"cannot be read ({error})", "add the file, saved as UTF-8"))
        else:
            self.sources[name] = found
            return found
        return None

    def entries(self, name: str, top: str, model: type[One], key: str, *, optional: bool = False) -> tuple[One, ...]:
        """Read `top: {id: fields}` of a file; the id becomes the field `key`."""
        source = self.source(name, optional=optional)
        if source is None:
            return ()
        made: list[One] = []
        try:
            for identifier, raw in (source.mapping((top,)) if source.mapping().get(top) else {}).items():
                fields = {key: identifier, **raw} if isinstance(raw, dict) else raw
                made.append(source.build(model, fields, (top, identifier)))
        except FileProblemsError as error:
            self.problems.extend(error.problems)
        if not optional and top not in source.mapping():
            self.problems.append(source.problem((), f"`{top}` is missing", f"add `{top}:`"))
        return tuple(made)

    def problem(self, name: str, path: tuple[str | int, ...], what: str, mend: str) -> Problem:
        return self.sources[name].problem(path, what, mend)


ORGANISATIONS: Final = "organisations.yaml"
SERVICES: Final = "services.yaml"
CREWS: Final = "crews.yaml"
TOWN: Final = "town.yaml"


def load_town(directory: Path) -> Town:
    """Return the town. Raises MunicipalityError with every problem found."""
    reading = _Reading(directory)
    parts: dict[str, Any] = {
        "organisations": reading.entries(ORGANISATIONS, "organisations", Organisation, "id"),
        "services": reading.entries(SERVICES, "services", Service, "code"),
        "crews": reading.entries(CREWS, "crews", Crew, "id", optional=True),
        "radio_gateways": reading.entries("radio.yaml", "gateways", RadioGateway, "id", optional=True),
        "cameras": reading.entries("cameras.yaml", "cameras", Camera, "id", optional=True),
        "lookups": reading.entries("lookups.yaml", "lookups", DataLookup, "id", optional=True),
        "gazetteer": _gazetteer(reading),
    }
    source = reading.source(TOWN)
    town: Town | None = None
    if source is not None and not reading.problems:
        try:
            town = source.build(Town, {**source.mapping(), **parts}, ())
        except FileProblemsError as error:
            reading.problems.extend(error.problems)
    if town is not None:
        reading.problems.extend(_references(town, reading))
    if reading.problems or town is None:
        raise MunicipalityError(reading.problems)
    return town


def _gazetteer(reading: _Reading) -> Gazetteer:
    try:
        return load_streets(reading.directory / "streets.csv")
    except FileProblemsError as error:
        reading.problems.extend(error.problems)
        return Gazetteer(())


def _references(town: Town, reading: _Reading) -> Iterator[Problem]:
    organisations = {one.id for one in town.organisations}
    known = f"write one of {', '.join(sorted(organisations))}"
    for service in town.services:
        path = ("services", service.code)
        if service.organisation not in organisations:
            what = f"service `{service.code}` belongs to the unknown organisation `{service.organisation}`"
            yield reading.problem(SERVICES, (*path, "organisation"), what, known)
        for language in _missing_languages(town, service.names):
            what = f"service `{service.code}` has no name in `{language}`"
            yield reading.problem(SERVICES, (*path, "names"), what, f"add `{language}:` to its names")
    gateways = {gateway.id for gateway in town.radio_gateways}
    for crew in town.crews:
        path = ("crews", crew.id)
        if crew.organisation not in organisations:
            what = f"crew `{crew.id}` belongs to the unknown organisation `{crew.organisation}`"
            yield reading.problem(CREWS, (*path, "organisation"), what, known)
        if crew.radio is not None and crew.radio not in gateways:
            what = f"crew `{crew.id}` uses the unknown radio gateway `{crew.radio}`"
            yield reading.problem(CREWS, (*path, "radio"), what, "write the id of a gateway of radio.yaml")
        if crew.radio is None and crew.phone is None:
            mend = "add `radio:` or `phone:`"
            yield reading.problem(CREWS, path, f"crew `{crew.id}` has neither radio nor telephone", mend)
    clash = sorted(set(town.dids) & set(town.operator_extensions))
    if clash:
        mend = "give the operator another extension"
        yield reading.problem(TOWN, ("dids",), f"{clash[0]} is a public number and an operator's extension", mend)
    try:
        ZoneInfo(town.time_zone)
    except (KeyError, ValueError, OSError):
        what = f"unknown time zone {town.time_zone!r}"
        yield reading.problem(TOWN, ("time_zone",), what, "write one such as Europe/Belgrade")


def _missing_languages(town: Town, names: Mapping[str, str]) -> list[str]:
    return [language for language in town.languages if language not in names]
