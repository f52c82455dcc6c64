"""The worklist of calls that got nothing: what a row shows, and how it is closed. Must not know HTML or dialling."""

from __future__ import annotations

from collections.abc import Sequence

from agent_console.calls.service import caller_shape, callers_of
from agent_console.cases.service import parse_number
from agent_console.dependencies import ConsoleDependencies
from agent_console.missed.schemas import (
    AttemptMade,
    CloseMissed,
    MessageWaiting,
    Missed,
    MissedList,
    MissedOne,
    MissedStep,
)
from agent_console.problems import Problem
from calls.journal_entries import EntryKind
from storage import audit_repository, call_repository, case_repository, missed_attempts, missed_worklist
from storage.call_repository import StepRecord
from storage.missed_repository import MissedCall

_QUEUE = "queue"


def path_of(deps: ConsoleDependencies, steps: Sequence[StepRecord], language: str) -> list[MissedStep]:
    """Return the way through the menu in words, in order."""
    kinds = {EntryKind.MENU_STEP, EntryKind.INFORMATION_HEARD}
    return [
        MissedStep(
            words=deps.town.place_name(str(step.data.get("node", "")), language, str(step.data.get("flow", ""))),
            keys="" if "pin" in str(step.data.get("node", "")).lower() else str(step.data.get("keys") or ""),
        )
        for step in steps
        if step.kind in kinds and step.data.get("node")
    ]


def heard_of(deps: ConsoleDependencies, steps: Sequence[StepRecord], language: str) -> str:
    """Return the last information that was heard, in words; empty when there was none."""
    told = [step for step in steps if step.kind == EntryKind.INFORMATION_HEARD]
    if not told:
        return ""
    return deps.town.place_name(str(told[-1].data.get("node", "")), language, str(told[-1].data.get("flow", "")))


def _last_words(deps: ConsoleDependencies, call: MissedCall, steps: Sequence[StepRecord], language: str) -> str:
    if call.last_step in ("", _QUEUE):
        return call.last_step
    flow = next((str(one.data["flow"]) for one in reversed(steps) if one.data.get("node") == call.last_step), "")
    return deps.town.place_name(call.last_step, language, flow)


async def list_missed(
    deps: ConsoleDependencies, *, open_only: bool = True, limit: int = 50, offset: int = 0, language: str = ""
) -> MissedList:
    """Return a page of the worklist, what hurts most first."""
    language = language or deps.language
    async with deps.database.read() as connection:
        callers, total = await missed_worklist.worklist(connection, open_only=open_only, limit=limit, offset=offset)
        messages, messages_total = await missed_worklist.waiting_messages(connection)
        inside = [call for caller in callers for call in caller.calls]
        steps = await call_repository.steps_of(connection, [call.linkedid for call in inside])
        tokens = [caller.token for caller in callers if caller.token]
        attempts = await missed_attempts.attempts_of(connection, tokens, [call.id for call in inside])
    known = await callers_of(deps, [*tokens, *(one.caller_token for one in messages)])
    line = deps.town.citizen_calls

    def shown(call: MissedCall) -> MissedOne:
        mine = steps.get(call.linkedid, [])
        return MissedOne(
            **{name: getattr(call, name) for name in MissedOne.model_fields if hasattr(call, name)},
            last_words=_last_words(deps, call, mine, language),
            heard=heard_of(deps, mine, language),
            path=path_of(deps, mine, language),
        )

    items = []
    for caller in callers:
        who = caller_shape(caller.calls[0].caller_kind, caller.token, known)
        mine = [one for one in attempts if one.caller_token == caller.token] if caller.token else []
        items.append(
            Missed(
                **shown(caller.worst).model_dump(),
                caller=who,
                count=len(caller.calls),
                newest=caller.calls[0].id,
                first_at=min(call.at for call in caller.calls),
                longest_wait=max(call.waited for call in caller.calls),
                calls=[shown(call) for call in caller.calls],
                attempts=[
                    AttemptMade(by=one.username, **{name: getattr(one, name) for name in _ATTEMPT}) for one in mine
                ],
                answered_since=caller.answered_since,
                can_call_back=bool(line and who.number and line.allows(who.number)),
            )
        )
    return MissedList(
        items=items,
        total=total,
        messages=[
            MessageWaiting(
                linkedid=one.linkedid,
                at=one.at,
                caller=(who := caller_shape(one.caller_kind, one.caller_token, known)),
                language=one.language,
                case_number=one.case_number,
                can_call_back=bool(line and who.number and line.allows(who.number)),
            )
            for one in messages
        ],
        messages_total=messages_total,
        outbound_line=line is not None,
    )


_ATTEMPT = ("extension", "linkedid", "began_at", "ended_at", "outcome")


async def close_missed(deps: ConsoleDependencies, missed_id: int, wanted: CloseMissed, actor: str) -> tuple[str, ...]:
    """Close a caller's row and audit it; return the calls it held. Raises Problem: closed already, reason missing."""
    now = deps.clock()
    note = wanted.note.strip()
    async with deps.database.begin() as connection:
        number = None
        if wanted.how == "case":
            try:
                number = parse_number(note)
            except Problem as error:
                raise Problem(
                    422, "invalid_field", "write the number of the case", field="note", reason="not_a_case_number"
                ) from error
            if await case_repository.get(connection, number) is None:
                raise Problem(422, "invalid_field", "there is no such case", field="note", reason="no_case")
            note = number.digits
        try:
            closed = await missed_worklist.close_group_of(
                connection, missed_id, how=wanted.how, note=note, by=actor, at=now, through=wanted.through
            )
        except ValueError as error:
            raise Problem(422, "invalid_field", str(error), field="note", reason="write_reason") from error
        if not closed:
            raise Problem(
                409, "conflict", "this call is unknown, or somebody has closed it already", reason="already_closed"
            )
        if number is not None:
            for linkedid in closed:
                await case_repository.add_event(
                    connection,
                    number,
                    at=now,
                    kind="call",
                    actor=actor,
                    data={"linkedid": linkedid, "what": "missed"},
                    source=f"call:{linkedid}:missed",
                )
        await audit_repository.append(
            connection,
            at=now,
            actor=actor,
            action="missed_closed",
            target=str(missed_id),
            data={"how": wanted.how, "calls": list(closed)},
        )
    return closed
