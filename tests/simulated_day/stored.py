"""A lived day as rows of the tables, as they stand at any moment of it or afterwards."""

from datetime import datetime, timedelta

from calls.outcomes import MISSED
from storage.tables import call_steps, calls, missed_calls
from storage.work_tables import call_segments, operator_activity, operator_sessions, wrap_ups

_CLOSED = ("callback", "case", "reason", None)


def rows(day, midnight: datetime, moment: int | None = None):
    """Return table → rows. `midnight` is an instant; `moment`: as it was then, None: when all was over."""
    late = moment if moment is not None else 10**9

    def at(second):
        return None if second is None or second > late else midnight + timedelta(seconds=second)

    found = {
        table: []
        for table in (calls, call_steps, missed_calls, call_segments, wrap_ups, operator_sessions, operator_activity)
    }
    for number, call in enumerate(day.calls):
        if call.caller.at <= late:
            _call_rows(found, number, call, at)
    for one in day.operators:
        _operator_rows(found, one, at)
    return found


def _call_rows(found, number, call, at):
    caller = call.caller
    ended = at(call.ended_at)
    found[calls].append(
        {
            "linkedid": call.linkedid, "direction": "inbound", "did": "311", "caller_kind": "number",
            "caller_token": caller.token, "language": caller.language if call.steps else None,
            "arrived_at": at(caller.at), "answered_at": at(caller.at) if call.outcome != "refused" else None,
            "queued_at": at(call.queued_at), "operator_answered_at": at(call.answered_at), "ended_at": ended,
            "queue": "operators" if at(call.queued_at) else None,
            "operator": call.operator if at(call.answered_at) else None,
            "outcome": call.outcome if ended else None, "synthetic": False, "search_text": "",
        }
    )  # fmt: skip
    for step, (kind, name, keys) in enumerate(call.steps, start=1):
        data = {"language": name} if kind == "language" else {"flow": "inbound", "node": name, "keys": keys}
        values = {"linkedid": call.linkedid, "step": step, "kind": f"call.{kind}", "at": at(caller.at), "node": 1}
        found[call_steps].append(values | {"data": data})
    if ended and call.outcome in set(MISSED):
        how = _CLOSED[number % 4]
        closed = at(call.ended_at + 600 + number) if how else None
        found[missed_calls].append(
            {
                "linkedid": call.linkedid, "reason": call.outcome, "last_step": "", "at": at(caller.at),
                "closed_at": closed, "closed_how": how if closed else None,
            }
        )  # fmt: skip
    for extension, kind, began, until in call.parts:
        if at(began):
            found[call_segments].append(
                {
                    "linkedid": call.linkedid, "operator": extension, "queue": "operators", "kind": kind,
                    "began_at": at(began), "ended_at": at(until),
                }
            )  # fmt: skip
    for extension, _, until, outcome in call.wrap_ups:
        if at(until):
            found[wrap_ups].append(
                {
                    "linkedid": call.linkedid, "extension": extension, "username": extension, "outcome": outcome,
                    "note": "", "at": at(until), "how": "operator" if outcome else "time_limit",
                }
            )  # fmt: skip


def _operator_rows(found, one, at):
    for place, (name, began, ended, reason) in enumerate(one.sessions):
        if not at(began):
            continue
        found[operator_sessions].append(
            {
                "id": name, "username": one.username, "extension": one.extension, "began_at": at(began),
                "ended_at": at(ended), "end_reason": reason if at(ended) else "",
            }
        )  # fmt: skip
        last = one.sessions[place + 1][1] if place + 1 < len(one.sessions) else None
        for entry in _covered(one, began, ended, last):
            if at(entry[0]):
                found[operator_activity].append(
                    {
                        "session_id": name, "username": one.username, "extension": one.extension,
                        "activity": entry[2], "reason": entry[3], "queue": "operators", "linkedid": entry[4],
                        "began_at": at(entry[0]), "ended_at": at(entry[1]),
                    }
                )  # fmt: skip


def _covered(one, began, ended, following):
    """Yield the session's rows without a gap: what was done, and ready in between."""
    edge = ended if ended is not None else following
    now = began
    for entry in sorted(entry for entry in one.intervals if began <= entry[0] < edge):
        if entry[0] > now:
            yield now, entry[0], "ready", "", None
        yield entry
        now = entry[1]
    if now < edge or ended is None:
        yield now, ended, "ready", "", None
