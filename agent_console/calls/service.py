"""Calls as the desk sees them: the stored record, completed by the live board and the caller's number.

Owns joining the three. The number comes from the identity store and only for roles that may read calls; when that
store is down the call is still shown, without it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from agent_console.call_board import CallBoard, LiveCall
from agent_console.calls.schemas import (
    CallDetail,
    CallerShape,
    CallList,
    CallSummary,
    InterruptionShape,
    Leg,
    Pause,
    RecordingShape,
    SegmentShape,
    SteeringShape,
    Step,
)
from agent_console.dependencies import ConsoleDependencies
from agent_console.problems import not_found
from calls.caller import Caller, CallerKind
from storage import (
    call_repository,
    case_repository,
    interruption_repository,
    recording_gaps,
    recording_repository,
    segment_repository,
)
from storage.call_repository import CallRecord
from storage.identity_store import IdentityKeyError

_LOG = logging.getLogger(__name__)
UNKNOWN = CallerShape(kind="unknown")
_SHORTEST_NUMBER = 6


def shape_of(caller: Caller | None) -> CallerShape:
    """Return the caller for showing."""
    if caller is None:
        return UNKNOWN
    return CallerShape(kind=caller.kind.value, number=caller.number, shown=caller.grouped())


async def callers_of(deps: ConsoleDependencies, tokens: Iterable[str | None]) -> dict[str, CallerShape]:
    """Return token → caller for the tokens that the identity store knows; nothing when it is down."""
    found: dict[str, CallerShape] = {}
    for token in {token for token in tokens if token}:
        try:
            number = await deps.identity.number_of(token)
        except (OSError, IdentityKeyError) as error:
            _LOG.warning("callers are shown without their numbers: %s", error)
            return found
        if number:
            found[token] = shape_of(Caller(CallerKind.NUMBER, number))
    return found


def caller_shape(kind: str | None, token: str | None, known: dict[str, CallerShape]) -> CallerShape:
    """Return the caller of a stored row."""
    if token and token in known:
        return known[token]
    return CallerShape(kind=kind or "unknown")


def _summary(record: CallRecord, caller: CallerShape, deps: ConsoleDependencies) -> CallSummary:
    return CallSummary(
        linkedid=record.linkedid,
        direction=record.direction,
        did=record.did,
        caller=caller,
        language=record.language,
        arrived_at=record.arrived_at,
        answered_at=record.answered_at,
        queued_at=record.queued_at,
        operator_answered_at=record.operator_answered_at,
        ended_at=record.ended_at,
        queue=record.queue,
        operator=record.operator,
        outcome=record.outcome,
        waited=record.waited(deps.clock()),
        case_number=record.case_number,
    )


def _live_summary(call: LiveCall, deps: ConsoleDependencies) -> CallSummary:
    end = call.answered_at or call.ended_at or deps.clock()
    return CallSummary(
        linkedid=call.linkedid,
        direction="inbound",
        did=call.did or None,
        caller=shape_of(call.caller),
        language=call.language or None,
        arrived_at=call.arrived_at,
        answered_at=None,
        queued_at=call.queued_at,
        operator_answered_at=call.answered_at,
        ended_at=call.ended_at,
        queue=call.queue or None,
        operator=call.operator or None,
        outcome=call.outcome or None,
        waited=(end - call.queued_at).total_seconds() if call.queued_at else None,
        case_number=None,
    )


def caller_searched(deps: ConsoleDependencies, text: str) -> tuple[str | None, str]:
    """Return (the token of the number that `text` is, what is left to look for in words).

    A number begins with 0 or +, as people write it: a call's id and a case number are digits, too.
    """
    caller = Caller.parse(text)
    if caller.kind is CallerKind.NUMBER and len(text) >= _SHORTEST_NUMBER and text.lstrip()[:1] in ("0", "+"):
        return deps.identity.token_of(caller.number), ""
    return None, text


async def list_calls(
    deps: ConsoleDependencies,
    *,
    text: str = "",
    outcome: str | None = None,
    active_only: bool = False,
    limit: int = 50,
    offset: int = 0,
    order: str = "-arrived_at",
) -> CallList:
    """Return a page of calls. A telephone number as `text` finds the calls of that number."""
    token, text = caller_searched(deps, text)
    async with deps.database.read() as connection:
        records, total = await call_repository.search(
            connection,
            text=text,
            outcome=outcome,
            caller_token=token,
            active_only=active_only,
            limit=limit,
            offset=offset,
            order=order,
        )
    known = await callers_of(deps, (record.caller_token for record in records))
    items = [_summary(record, caller_shape(record.caller_kind, record.caller_token, known), deps) for record in records]
    return CallList(items=items, total=total)


async def get_call(deps: ConsoleDependencies, board: CallBoard, linkedid: str) -> CallDetail:
    """Return everything about a call; a call that has just begun may be on the board only. Raises Problem 404."""
    async with deps.database.read() as connection:
        record = await call_repository.get(connection, linkedid)
        steps = await call_repository.steps(connection, linkedid)
        legs = await call_repository.legs(connection, linkedid)
        parts = await segment_repository.segments(connection, linkedid)
        recordings = await recording_repository.of_call(connection, linkedid)
        gaps = await recording_gaps.of_calls(connection, [linkedid])
        cases = await case_repository.cases_of_call(connection, linkedid)
        interruptions = await interruption_repository.of_call(connection, linkedid)
    live = board.calls.get(linkedid)
    if record is not None:
        known = await callers_of(deps, [record.caller_token])
        summary = _summary(record, caller_shape(record.caller_kind, record.caller_token, known), deps)
        if not summary.caller.number and live is not None and live.caller is not None:
            summary.caller = shape_of(live.caller)
        if live is not None:
            summary.operator = summary.operator or live.operator or None
            summary.operator_answered_at = summary.operator_answered_at or live.answered_at
            summary.ended_at = summary.ended_at or live.ended_at
    elif live is not None:
        summary = _live_summary(live, deps)
    else:
        raise not_found("this call", "no_call")
    return CallDetail(
        **summary.model_dump(),
        steps=[Step(step=step.step, kind=step.kind, at=step.at, data=_without_identity(step.data)) for step in steps],
        legs=[Leg(**{name: getattr(leg, name) for name in Leg.model_fields}) for leg in legs],
        segments=[SegmentShape(**{name: getattr(one, name) for name in SegmentShape.model_fields}) for one in parts],
        now=_steering(live) if live is not None and live.ended_at is None else None,
        recordings=[
            RecordingShape(id=one.id, kind=one.kind, started_at=one.started_at, seconds=one.seconds, state=one.state)
            for one in recordings
        ],
        pauses=[Pause(**{name: getattr(gap, name) for name in Pause.model_fields}) for gap in gaps],
        cases=[str(case.number) for case in cases],
        interruptions=[
            InterruptionShape(**{name: getattr(one, name) for name in InterruptionShape.model_fields})
            for one in interruptions
        ],
    )


def _steering(call: LiveCall) -> SteeringShape:
    return SteeringShape(**{name: getattr(call, name) for name in SteeringShape.model_fields})


def _without_identity(data: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in data.items() if key not in {"caller", "pin_hash", "session"}}
