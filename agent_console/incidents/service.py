"""What may be the same thing, with the reason beside it, and joining it. Never joins by itself: a person chooses.

A joined case is a `duplicate` with its own number and PIN: whoever reported it can be told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from agent_console.cases.schemas import CaseShape
from agent_console.cases.service import shape, tell
from agent_console.cases.steps import check_step
from agent_console.dependencies import ConsoleDependencies
from agent_console.problems import Problem, not_found
from calls.ids import CaseNumber
from cases.case import Case
from cases.duplicates import NEAR_M, distance_m
from cases.lifecycle import Status
from storage import audit_repository, case_near, case_repository, incident_repository
from storage.incident_repository import Incident
from storage.user_repository import User

SAME_SERVICE: Final = "same_service"
SAME_STREET: Final = "same_street"
WITHIN: Final = "within"
_RECENT: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Match:
    """An open case that may be about the same thing. `why`: words above; `metres` when both places are known."""

    case: CaseShape
    why: tuple[str, ...]
    metres: int | None
    incident: Incident | None


@dataclass(frozen=True, slots=True)
class Place:
    """What is known of the new report."""

    service_code: str = ""
    street: str = ""
    latitude: float | None = None
    longitude: float | None = None


def reasons(place: Place, other: Case) -> tuple[tuple[str, ...], int | None]:
    """Return why `other` may be the same, and the distance in metres. Pure; no reason means that it is not near."""
    metres = None
    if (
        place.latitude is not None
        and place.longitude is not None
        and other.latitude is not None
        and other.longitude is not None
    ):
        metres = round(distance_m(place.latitude, place.longitude, other.latitude, other.longitude))
    why = []
    if metres is not None and metres <= NEAR_M:
        why.append(WITHIN)
    if place.street and place.street.casefold() == other.street.casefold():
        why.append(SAME_STREET)
    if why and place.service_code and place.service_code == other.service_code:
        why.insert(0, SAME_SERVICE)
    return tuple(why), metres


async def matches(deps: ConsoleDependencies, place: Place, *, besides: frozenset[str] = frozenset()) -> list[Match]:
    """Return open cases near the place, the same category first, then the nearest; `besides`: numbers to leave out."""
    found: dict[str, Case] = {}
    async with deps.database.read() as connection:
        if place.latitude is not None and place.longitude is not None:
            near = await case_near.open_cases_near(connection, place.latitude, place.longitude, metres=NEAR_M, limit=20)
            found |= {case.number.digits: case for case, _ in near}
        if place.street:
            on = await case_near.open_cases_on(connection, place.street)
            found |= {case.number.digits: case for case in on}
        kept = [case for number, case in found.items() if number not in besides]
        known = await incident_repository.of_cases(connection, [case.number for case in kept])
    made = []
    for case in kept:
        why, metres = reasons(place, case)
        recent = deps.clock() - case.created_at <= _RECENT or case.number.digits in known
        if why and (recent or SAME_SERVICE in why):
            made.append(Match(shape(case, deps), why, metres, known.get(case.number.digits)))
    return sorted(made, key=lambda one: (SAME_SERVICE not in one.why, one.metres is None, one.metres or 0))


async def join(
    deps: ConsoleDependencies, number: CaseNumber, to: CaseNumber, note: str, version: int | None, user: User
) -> tuple[CaseShape, Incident]:
    """Mark a case as a duplicate of another's incident. Raises Problem: unknown, not allowed, no reason."""
    now = deps.clock()
    async with deps.database.begin() as connection:
        case = await case_repository.get(connection, number)
        lead = await case_repository.get(connection, to)
        if case is None or lead is None:
            raise not_found("this case", "no_case")
        known = await incident_repository.of_cases(connection, [to])
        if to.digits in known and known[to.digits].lead_case != to.digits:
            lead = await case_repository.get(connection, CaseNumber(known[to.digits].lead_case)) or lead
        if not lead.is_open():
            raise Problem(
                409,
                "illegal_transition",
                f"case {lead.number} has ended: a duplicate of it helps nobody",
                reason="lead_ended",
                lead=str(lead.number),
            )
        if lead.number == case.number:
            raise Problem(
                422, "invalid_field", "a case cannot be a duplicate of itself", field="to", reason="own_duplicate"
            )
        place = Place(case.service_code or "", case.street, case.latitude, case.longitude)
        why, metres = reasons(place, lead)
        said = _why_words(why, metres, note)
        if not said:
            raise Problem(
                422, "invalid_field", "the places differ: say why it is the same", field="note", reason="say_why_same"
            )
        check_step(case.status, Status.DUPLICATE, user.role, said)
        incident = await incident_repository.join(connection, number, lead.number, why=said, by=user.username, at=now)
        told = {"incident": incident.id, "lead": lead.number.digits, "note": said, "why": list(why), "metres": metres}
        try:
            changed = await case_repository.update_case(
                connection,
                number,
                version=case.version if version is None else version,
                changes={"status": Status.DUPLICATE},
                actor=user.username,
                at=now,
                kind="transition",
                data={"from": case.status.value, "to": Status.DUPLICATE.value} | told,
            )
        except case_repository.Conflict as error:
            raise Problem(
                409, "conflict", "somebody changed this case meanwhile: look again", reason="case_changed"
            ) from error
        await case_repository.add_event(
            connection,
            lead.number,
            at=now,
            kind="incident",
            actor=user.username,
            data={"incident": incident.id, "joined": number.digits, "callers": incident.callers, "note": said},
            source=f"incident:{incident.id}:{number.digits}:{changed.version}",
        )
        await audit_repository.append(
            connection,
            at=now,
            actor=user.username,
            action="incident_joined",
            target=number.digits,
            data={"incident": incident.id, "lead": lead.number.digits},
        )
    await tell(deps, number, Status.DUPLICATE, "transition")
    await tell(deps, lead.number, lead.status, "incident")
    return shape(changed, deps), incident


def _why_words(why: tuple[str, ...], metres: int | None, note: str) -> str:
    words = {SAME_SERVICE: "same category", SAME_STREET: "same street", WITHIN: f"within {metres} m"}
    return "; ".join([*(words[one] for one in why), *([note.strip()] if note.strip() else [])])
