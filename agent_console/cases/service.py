"""Cases: making, changing, noting. Owns the order of stores: identity first, then the case, then the live event.

A reporter without a case can be removed; a case that promises "we will call you" without a reporter cannot be mended.
Nothing of the reporter is put into the main database, an event or a log.
"""

from __future__ import annotations

import logging
from typing import Any

from agent_console.cases.schemas import CaseCreated, CaseIn, CaseList, CaseShape, Preview, TransitionIn
from agent_console.cases.steps import check_step
from agent_console.dependencies import ConsoleDependencies
from agent_console.problems import Problem, not_found, not_listed
from calls.caller import Caller, CallerKind
from calls.events import Event, EventType
from calls.ids import CaseNumber, parse_linked_id
from cases.case import Case, CaseChannel, CaseKind, NewCase
from cases.lifecycle import Status
from storage import audit_repository, case_repository, draft_repository, incident_repository, steps_on_cases
from storage.case_repository import Conflict
from storage.identity_store import Reporter
from storage.user_repository import User

_LOG = logging.getLogger(__name__)


def parse_number(text: str) -> CaseNumber:
    """Return the case number of an address. Raises Problem 404 for anything else."""
    try:
        return CaseNumber.parse(text)
    except ValueError as error:
        raise not_found("this case", "no_case") from error


def shape(case: Case, deps: ConsoleDependencies) -> CaseShape:
    """Return a case for the API and the pages."""
    service = deps.town.service(case.service_code)
    return CaseShape(
        number=case.number.digits,
        shown=str(case.number),
        kind=case.kind.value,
        channel=case.channel.value,
        status=case.status.value,
        service_code=case.service_code,
        service_name=service.name(deps.language) if service else "",
        organisation=case.organisation,
        organisation_name=deps.town.organisation_name(case.organisation),
        description=case.description,
        street=case.street,
        house_number=case.house_number,
        latitude=case.latitude,
        longitude=case.longitude,
        language=case.language,
        created_at=case.created_at,
        updated_at=case.updated_at,
        due_at=case.due_at,
        closed_at=case.closed_at,
        overdue=case.is_overdue(deps.clock()),
        owner=case.owner,
        created_by=case.created_by,
        linkedid=case.linkedid,
        version=case.version,
    )


def preview(deps: ConsoleDependencies, code: str) -> Preview:
    """Return what a category means now. Raises Problem 404 for an unknown one."""
    service = deps.town.service(code)
    if service is None:
        raise not_found("this category", "no_category")
    intake = deps.town.rules.intake(code, deps.clock())
    return Preview(
        service_code=code,
        organisation=intake.organisation,
        organisation_name=deps.town.organisation_name(intake.organisation),
        due_at=intake.due_at,
        questions=list(service.questions),
        procedure=list(service.procedure),
    )


async def create_case(deps: ConsoleDependencies, wanted: CaseIn, user: User) -> CaseCreated:
    """Make a case. Raises Problem for a wrong category, call or contact; DatabaseDown when nothing was stored."""
    if wanted.service_code is not None and deps.town.service(wanted.service_code) is None:
        raise not_listed(422, "service_code", "choose a category from the list")
    if wanted.linkedid:
        try:
            parse_linked_id(wanted.linkedid)
        except ValueError as error:
            raise Problem(
                422, "invalid_field", "this is not a call id", field="linkedid", reason="field_wrong"
            ) from error
    reporter = _reporter(wanted)
    now = deps.clock()
    intake = deps.town.rules.intake(wanted.service_code, now)
    number, pin, pin_hash = deps.case_mint.new_case()
    case = NewCase(
        number=number,
        pin_hash=pin_hash,
        kind=CaseKind(wanted.kind),
        channel=CaseChannel(wanted.channel),
        owner=intake.organisation,
        created_by=user.username,
        created_at=now,
        due_at=intake.due_at,
        service_code=wanted.service_code,
        organisation=intake.organisation,
        description=wanted.description.strip(),
        street=wanted.street.strip(),
        house_number=wanted.house_number.strip(),
        latitude=wanted.latitude,
        longitude=wanted.longitude,
        language=wanted.language,
        linkedid=wanted.linkedid or None,
    )
    if reporter is not None:
        await deps.identity.save_reporter(number, reporter)
    async with deps.database.begin() as connection:
        await case_repository.create(connection, case)
        await audit_repository.append(
            connection, at=now, actor=user.username, action="case_created", target=number.digits
        )
        if wanted.linkedid:
            await steps_on_cases.tell_cases(connection, wanted.linkedid)
        await draft_repository.remove(connection, wanted.draft_key(user.username))
        stored = await case_repository.get(connection, number)
    assert stored is not None  # noqa: S101  it was stored in this transaction
    await _forget_who(deps, wanted.draft_key(user.username))
    await tell(deps, number, Status.RECEIVED, "created")
    return CaseCreated(**shape(stored, deps).model_dump(), pin=pin)


async def _forget_who(deps: ConsoleDependencies, key: str) -> None:
    try:
        await deps.identity.forget_draft(key)
    except OSError as error:  # the case is stored; what is left of its draft expires by itself
        _LOG.warning("who reports stays in a finished draft for now: %s", error)


def _reporter(wanted: CaseIn) -> Reporter | None:
    given = wanted.reporter
    if given is None or not (given.name.strip() or given.contact.strip() or given.tell_by != "none"):
        return None
    contact = given.contact.strip()
    if given.tell_by != "none" and not contact:
        raise Problem(
            422, "invalid_field", "say where the answer should go", field="reporter.contact", reason="no_contact"
        )
    number = ""
    if given.tell_by in ("phone", "sms"):
        caller = Caller.parse(contact)
        if caller.kind is not CallerKind.NUMBER:
            raise Problem(
                422,
                "invalid_field",
                "this is not a telephone number",
                field="reporter.contact",
                reason="not_a_telephone",
            )
        number = contact = caller.number
    if given.tell_by == "email" and "@" not in contact:
        raise Problem(
            422, "invalid_field", "this is not an e-mail address", field="reporter.contact", reason="not_an_email"
        )
    return Reporter(given.name.strip(), contact, given.tell_by, number)


async def list_cases(deps: ConsoleDependencies, **wanted: Any) -> CaseList:  # noqa: ANN401  passed on as it is
    """Return a page; `wanted` as in `case_repository.search`."""
    async with deps.database.read() as connection:
        found, total = await case_repository.search(connection, **wanted)
    return CaseList(items=[shape(case, deps) for case in found], total=total)


async def change_status(deps: ConsoleDependencies, number: CaseNumber, wanted: TransitionIn, user: User) -> CaseShape:
    """Move a case along its table. Raises Problem: unknown, changed meanwhile, not allowed."""
    try:
        target = Status(wanted.status)
    except ValueError as error:
        raise not_listed(422, "status", f"status is one of {', '.join(Status)}", ", ".join(Status)) from error
    if wanted.organisation is not None and wanted.organisation not in deps.town.organisations:
        raise not_listed(422, "organisation", "choose a body from the list")
    async with deps.database.begin() as connection:
        case = await case_repository.get(connection, number)
        if case is None:
            raise not_found("this case", "no_case")
        check_step(case.status, target, user.role, wanted.note)
        if case.status is Status.DUPLICATE:
            await incident_repository.leave(connection, number)
        changes: dict[str, Any] = {"status": target}
        if wanted.organisation is not None:
            changes |= {"organisation": wanted.organisation, "owner": wanted.organisation}
        data = {"from": case.status.value, "to": target.value, "note": wanted.note.strip()}
        if wanted.organisation is not None:
            data["organisation"] = wanted.organisation
        try:
            changed = await case_repository.update_case(
                connection,
                number,
                version=wanted.version,
                changes=changes,
                actor=user.username,
                at=deps.clock(),
                kind="transition",
                data=data,
            )
        except Conflict as error:
            raise Problem(
                409, "conflict", "somebody changed this case meanwhile: look again", reason="case_changed"
            ) from error
    await tell(deps, number, target, "transition")
    return shape(changed, deps)


async def add_note(deps: ConsoleDependencies, number: CaseNumber, text: str, user: User, key: str = "") -> None:
    """Put a note on the timeline; the same `key` again adds nothing. Raises Problem 404."""
    source = f"note:{user.username}:{key}"[:160] if key else None
    await add_line(deps, number, user.username, "note", {"text": text.strip()}, source)


async def add_line(
    deps: ConsoleDependencies,
    number: CaseNumber,
    actor: str,
    kind: str,
    data: dict[str, Any],
    source: str | None = None,
) -> None:
    """Put a line on the timeline and tell the live clients. Raises Problem 404."""
    async with deps.database.begin() as connection:
        case = await case_repository.get(connection, number)
        if case is None:
            raise not_found("this case", "no_case")
        await case_repository.add_event(
            connection, number, at=deps.clock(), kind=kind, actor=actor, data=data, source=source
        )
        if kind == "call":
            await steps_on_cases.tell_cases(connection, data["linkedid"])
    await tell(deps, number, case.status, kind)


async def tell(deps: ConsoleDependencies, number: CaseNumber, status: Status, what: str) -> None:
    """Say on the bus that a case changed."""
    data = {"case": number.digits, "status": status.value, "event": what}
    await deps.bus.publish(Event(EventType.CASE_CHANGED, deps.clock(), data))
