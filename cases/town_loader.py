"""Reads a town's folder into a `Town`, or says every problem with file, line and mend.

Owns which file holds what, and the references between the files. Flows, prompts and the calendar belong to `ivr`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from calls.problems import FileProblemsError, Problem
from calls.yaml_source import YamlSource, parse_yaml
from cases.desk_rules import DeskRules, Outcome, PauseReason
from cases.gazetteer import Gazetteer
from cases.queues import MESSAGE, OWN_QUEUE, TownQueue, overflow_circle
from cases.street_file import load_streets
from cases.town import LONGEST_EXTENSION, Camera, Crew, DataLookup, Organisation, RadioGateway, Service, Town

One = TypeVar("One", bound=BaseModel)


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
OPERATORS: Final = "operators.yaml"
TOWN: Final = "town.yaml"
QUEUES: Final = "queues.yaml"


def load_town(directory: Path) -> Town:
    """Return the town. Raises MunicipalityError with every problem found."""
    reading = _Reading(directory)
    parts: dict[str, Any] = {
        "organisations": reading.entries(ORGANISATIONS, "organisations", Organisation, "id"),
        "services": reading.entries(SERVICES, "services", Service, "code"),
        "crews": reading.entries(CREWS, "crews", Crew, "id", optional=True),
        "queues": reading.entries(QUEUES, "queues", TownQueue, "name", optional=True),
        "radio_gateways": reading.entries("radio.yaml", "gateways", RadioGateway, "id", optional=True),
        "cameras": reading.entries("cameras.yaml", "cameras", Camera, "id", optional=True),
        "lookups": reading.entries("lookups.yaml", "lookups", DataLookup, "id", optional=True),
        "desk": _desk_rules(reading),
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


def _desk_rules(reading: _Reading) -> DeskRules:
    """Read `operators.yaml`; a town without it gets the defaults, and pauses without a list of reasons."""
    source = reading.source(OPERATORS, optional=True)
    if source is None:
        return DeskRules()
    try:
        fields = source.mapping() if source.data is not None else {}
        lists = (("pause_reasons", PauseReason), ("outcomes", Outcome))
        listed = {top: _listed(source, top, model) for top, model in lists if fields.get(top)}
        return source.build(DeskRules, fields | {"pause_reasons": []} | listed, ())
    except FileProblemsError as error:
        reading.problems.extend(error.problems)
        return DeskRules()


def _listed(source: YamlSource, top: str, model: type[One]) -> list[One]:
    return [
        source.build(model, {"id": identifier, **raw} if isinstance(raw, dict) else raw, (top, identifier))
        for identifier, raw in source.mapping((top,)).items()
    ]


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
    yield from _desk_names(town, reading)
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
    yield from _telephones(town, reading)
    clash = sorted(set(town.dids) & set(town.operator_extensions))
    if clash:
        mend = "give the operator another extension"
        yield reading.problem(TOWN, ("dids",), f"{clash[0]} is a public number and an operator's extension", mend)
    if town.citizen_calls is not None and not any(
        trunk.name == town.citizen_calls.trunk and trunk.server for trunk in town.trunks
    ):
        what = f"citizens are to be called by `{town.citizen_calls.trunk}`, which is no trunk with `server:`"
        mend = "write the name of a trunk that has `server:`, or remove citizen_calls"
        yield reading.problem(TOWN, ("citizen_calls", "trunk"), what, mend)
    if town.callback is not None and not any(
        trunk.name == town.callback.trunk and trunk.server for trunk in town.trunks
    ):
        what = f"callbacks go out on `{town.callback.trunk}`, which is no trunk with a `server`"
        yield reading.problem(TOWN, ("callback",), what, "name a trunk that has `server:`, or add it there")
    if town.queues:
        yield from _queues(town, reading)
    try:
        ZoneInfo(town.time_zone)
    except (KeyError, ValueError, OSError):
        what = f"unknown time zone {town.time_zone!r}"
        yield reading.problem(TOWN, ("time_zone",), what, "write one such as Europe/Belgrade")


def _desk_names(town: Town, reading: _Reading) -> Iterator[Problem]:
    named = [("pause_reasons", "pause reason", one.id, one.names) for one in town.desk.pause_reasons]
    if OPERATORS in reading.sources and reading.sources[OPERATORS].mapping().get("outcomes"):
        named += [("outcomes", "outcome", one.id, one.names) for one in town.desk.outcomes]
    for top, called, identifier, names in named:
        if town.default_language not in names:
            what = f"{called} `{identifier}` has no name in `{town.default_language}`"
            mend = f"add `{town.default_language}:` to its names"
            yield reading.problem(OPERATORS, (top, identifier, "names"), what, mend)


def _telephones(town: Town, reading: _Reading) -> Iterator[Problem]:
    """A telephone to which callers are put through must be one that can be rung, and not our own number."""
    inside = set(town.operator_extensions)
    for body in town.organisations:
        path = ("organisations", body.id, "phone")
        if body.phone is None:
            continue
        if body.phone in town.dids:
            mend = "write the number of its own operators"
            yield reading.problem(ORGANISATIONS, path, f"`{body.phone}` is our own public number", mend)
        elif len(body.phone) <= LONGEST_EXTENSION and body.phone not in inside:
            mend = "write an operator's extension or a whole telephone number"
            yield reading.problem(ORGANISATIONS, path, f"no operator has the extension {body.phone}", mend)
        elif len(body.phone) > LONGEST_EXTENSION and not town.can_call_out:
            mend = "add `server:` to a trunk of town.yaml"
            yield reading.problem(ORGANISATIONS, path, f"no line can call {body.phone}", mend)


def _missing_languages(town: Town, names: Mapping[str, str]) -> list[str]:
    return [language for language in town.languages if language not in names]


def _queues(town: Town, reading: _Reading) -> Iterator[Problem]:
    names = {queue.name for queue in town.queues}
    if town.queue not in names:
        mend = f"add `{town.queue}:`, or write another name as `queue:` in town.yaml"
        yield reading.problem(QUEUES, ("queues",), f"the general queue `{town.queue}` is not described", mend)
    for queue in town.queues:
        path = ("queues", queue.name)
        if queue.name == MESSAGE or queue.name.startswith(OWN_QUEUE):
            what = f"`{queue.name}` has a meaning of its own and cannot be a queue's name"
            yield reading.problem(QUEUES, path, what, "choose another name")
        if queue.name == town.queue and queue.has_skill:
            what = f"the general queue `{queue.name}` does not serve everybody"
            yield reading.problem(QUEUES, path, what, "take `languages:` and `subjects:` out, or add a general queue")
        if not any(queue.answers(one.languages, one.subjects) for one in town.operators):
            mend = "give an operator of town.yaml its languages and subjects"
            yield reading.problem(QUEUES, path, f"no operator serves the queue `{queue.name}`", mend)
        for language in sorted(set(queue.languages) - set(town.languages)):
            what = f"queue `{queue.name}` is for the language `{language}`, which the town has not"
            mend = f"write one of {', '.join(town.languages)}"
            yield reading.problem(QUEUES, (*path, "languages"), what, mend)
        for cause, target in queue.overflow.targets.items():
            if target not in {MESSAGE, *names, *town.operator_extensions}:
                what = f"callers of the queue `{queue.name}` cannot go on to `{target}`"
                mend = "write `message`, a queue's name, or an operator's extension: no way leads to an outside line"
                yield reading.problem(QUEUES, (*path, "overflow", cause), what, mend)
    if circle := overflow_circle(town.queues):
        what = f"callers would be sent in a circle: {', '.join(circle)}"
        mend = "let the general queue end at `message` or a phone"
        yield reading.problem(QUEUES, ("queues", circle[0]), what, mend)
