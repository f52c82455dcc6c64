"""What the pop answers with "what do we already know". Owns which matches are shown, each with its reason.

A number matches only itself (its token, E.164). Several people on one number are all shown and never merged. Nothing
here writes: a pop makes no case.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from agent_console.call_board import LiveCall
from agent_console.cases.schemas import CaseShape
from agent_console.cases.service import shape
from agent_console.dependencies import ConsoleDependencies
from agent_console.incidents.service import Match, Place, matches
from agent_console.missed.schemas import MissedStep
from agent_console.missed.service import heard_of, path_of
from calls.caller import CallerKind
from calls.ids import CaseNumber
from cases.case import Case
from storage import call_repository, case_repository, incident_repository
from storage.call_repository import CallRecord
from storage.identity_store import IdentityKeyError, KnownPerson
from storage.incident_repository import Incident

_CASES: Final = 6
_NEAR: Final = 4


@dataclass(slots=True)
class Known:
    """What is known of a call. `own`: the number's cases, open ones first, with their incidents."""

    token: str | None = None
    kind: str | None = None
    own: list[tuple[CaseShape, Incident | None]] = field(default_factory=list)
    people: list[KnownPerson] = field(default_factory=list)
    near: list[Match] = field(default_factory=list)
    earlier: list[CallRecord] = field(default_factory=list)
    path: list[MissedStep] = field(default_factory=list)
    heard: str = ""

    def values(self) -> dict[str, Any]:
        """Return it for the templates."""
        open_cases = sum(case.closed_at is None for case, _ in self.own)
        return {
            "own_cases": self.own,
            "open_count": open_cases,
            "people": self.people,
            "known_near": self.near,
            "earlier": self.earlier,
            "path": self.path,
            "heard": self.heard,
        }


def live_path(deps: ConsoleDependencies, call: LiveCall, language: str) -> list[MissedStep]:
    """Return the way through the menu as the live board knows it: without the database."""
    return [MissedStep(words=deps.town.place_name(node, language), keys=keys) for node, keys in call.menu]


async def known_of(deps: ConsoleDependencies, call: LiveCall, language: str) -> Known:
    """Gather it. Raises DatabaseDown; an identity store that is down leaves out people, not cases."""
    known = Known()
    number = call.caller.number if call.caller and call.caller.kind is CallerKind.NUMBER else ""
    known.token = deps.identity.token_of(number) if number else None
    async with deps.database.read() as connection:
        record = await call_repository.get(connection, call.linkedid)
        known.token = known.token or (record.caller_token if record else None)
        known.kind = record.caller_kind if record else None
        steps = await call_repository.steps(connection, call.linkedid)
    known.path, known.heard = path_of(deps, steps, language), heard_of(deps, steps, language)
    if not known.path:  # the journal has not reached SQL yet: the live board knows the way already
        known.path = live_path(deps, call, language)
    if known.token is None:
        return known
    known.people = await _people(deps, known.token)
    async with deps.database.read() as connection:
        cases = await case_repository.cases_of_caller(connection, known.token, _CASES)
        reported = {number for person in known.people for number in person.cases} - {one.number.digits for one in cases}
        for digits in sorted(reported, reverse=True)[:_CASES]:
            found = await case_repository.get(connection, CaseNumber(digits))
            cases += [found] if found is not None else []
        of_incidents = await incident_repository.of_cases(connection, [case.number for case in cases])
        calls, _ = await call_repository.search(connection, caller_token=known.token, limit=3)
    cases.sort(key=lambda case: (not case.is_open(), -case.created_at.timestamp()))
    known.own = [(shape(case, deps), of_incidents.get(case.number.digits)) for case in cases[:_CASES]]
    known.earlier = [one for one in calls if one.linkedid != call.linkedid][:2]
    last = _last_place(cases)
    if last is not None:
        besides = frozenset(case.number.digits for case in cases)
        known.near = (await matches(deps, last, besides=besides))[:_NEAR]
    return known


def _last_place(cases: list[Case]) -> Place | None:
    """Return where this number's newest case is: the caller may ring about the same neighbourhood."""
    placed = [case for case in cases if case.latitude is not None or case.street]
    if not placed:
        return None
    newest = max(placed, key=lambda case: case.created_at)
    return Place(newest.service_code or "", newest.street, newest.latitude, newest.longitude)


async def _people(deps: ConsoleDependencies, token: str) -> list[KnownPerson]:
    try:
        return await deps.identity.people_of(token)
    except (OSError, IdentityKeyError):
        return []
