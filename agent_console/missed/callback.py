"""Calling back with one click: the operator's chosen phone rings first, then the citizen. Owns the order of things.

The attempt and the id of its call are stored before anything rings; how it ended is told by the call's own record, so a
console that dies meanwhile loses nothing. The number goes from the identity store to the exchange and nowhere else.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from agent_console.call_board import CallBoard
from agent_console.dependencies import ConsoleDependencies
from agent_console.missed.schemas import CallbackBegun
from agent_console.problems import Problem, not_found
from calls.caller import Caller, CallerKind
from calls.channel_variables import LANGUAGE
from calls.events import Event, EventType
from calls.phones import PhoneKind, interface_of
from calls.ports import CallControlError
from cases.outcomes import TO_CITIZEN
from storage import audit_repository, call_repository, missed_attempts, missed_worklist
from storage.missed_attempts import MissedAttempt
from storage.user_repository import User

RING_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class _Whom:
    """Whom to call. `called`: the call that is answered for."""

    called: str
    missed_id: int | None
    token: str | None
    language: str | None


async def call_back_missed(
    deps: ConsoleDependencies, board: CallBoard, missed_id: int, user: User, phone: PhoneKind
) -> CallbackBegun:
    """Call the caller of a row of the worklist back. Raises Problem, CallControlError (the phone did not answer)."""
    async with deps.database.read() as connection:
        row = await missed_worklist.caller_of(connection, missed_id)
    if row is None:
        raise not_found("this missed call", "no_missed_call")
    if row.closed_at is not None:
        raise Problem(409, "conflict", "somebody has closed this call already", reason="already_closed")
    return await _call(deps, board, _Whom(row.linkedid, row.id, row.caller_token, row.language), user, phone)


async def call_back_call(
    deps: ConsoleDependencies, board: CallBoard, linkedid: str, user: User, phone: PhoneKind
) -> CallbackBegun:
    """Call the caller of any call back: of a message, of a conversation that broke off. Raises as above."""
    async with deps.database.read() as connection:
        record = await call_repository.get(connection, linkedid)
    if record is None:
        raise not_found("this call", "no_call")
    return await _call(deps, board, _Whom(linkedid, None, record.caller_token, record.language), user, phone)


async def _call(
    deps: ConsoleDependencies, board: CallBoard, whom: _Whom, user: User, phone: PhoneKind
) -> CallbackBegun:
    token, number, extension = await _checked(deps, whom, user)
    now = deps.clock()
    linkedid = f"back-{int(now.timestamp())}.{secrets.randbelow(10**9)}"
    attempt = MissedAttempt(
        id=secrets.token_hex(16),
        missed_id=whom.missed_id,
        called=whom.called,
        caller_token=token,
        linkedid=linkedid,
        username=user.username,
        extension=extension,
        began_at=now,
    )
    async with deps.database.begin() as connection:
        calling = await missed_attempts.begin_attempt(connection, attempt)
        if calling is not None:
            raise Problem(409, "conflict", f"{calling} is calling this number now", reason="being_called", by=calling)
        await audit_repository.append(
            connection, at=now, actor=user.username, action="callback", target=whom.called, data={"call": linkedid}
        )
    board.note_caller(linkedid, Caller(CallerKind.NUMBER, number), now)
    try:
        await deps.call_control.originate(
            endpoint=interface_of(extension, phone),
            context=TO_CITIZEN,
            extension=number,
            variables={LANGUAGE: whom.language or deps.language},
            caller_id=f'"Povratni poziv" <{deps.town.dids[0]}>',
            timeout=RING_SECONDS,
            channel_id=linkedid,
        )
    except CallControlError as error:
        async with deps.database.begin() as connection:
            outcome = missed_attempts.OPERATOR_ABSENT
            await missed_attempts.end_attempt(
                connection, attempt.id, outcome=outcome, at=deps.clock(), detail=str(error)
            )
        await deps.bus.publish(Event(EventType.CALL_ENDED, deps.clock(), {"linkedid": linkedid}))
        raise
    answered = {"linkedid": linkedid, "operator": extension, "waited": 0}
    await deps.bus.publish(Event(EventType.CALL_ANSWERED, deps.clock(), answered))
    return CallbackBegun(linkedid=linkedid, attempt=attempt.id)


async def _checked(deps: ConsoleDependencies, whom: _Whom, user: User) -> tuple[str, str, str]:
    """Return (token, number, the operator's extension). Raises Problem with what stands in the way."""
    if not user.extension:
        raise Problem(
            409, "conflict", "this account has no extension: the administrator gives it one", reason="no_extension"
        )
    line = deps.town.citizen_calls
    if line is None:
        raise Problem(409, "no_outbound_line", "the town has no line that calls out: see citizen_calls in town.yaml")
    number = await deps.identity.number_of(whom.token) if whom.token else None
    if whom.token is None or number is None:
        raise Problem(422, "no_number", "this caller's number is not known: close it by a case or a reason")
    if not line.allows(number):
        raise Problem(422, "number_not_allowed", "the town's list of numbers to call does not have this one")
    return whom.token, number, user.extension
