"""What holds, transfers and consultations change on a line of the board. Owns these fields of `LiveCall`; pure.

Events change them at once; a snapshot of the PBX mends them after a restart, because each channel stands at the place
of the dialplan that says what is being done with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from calls.events import Event, EventType
from calls.phones import extension_of_channel
from calls.ports import ChannelNow

if TYPE_CHECKING:
    from agent_console.call_board import LiveCall

ALONE: Final[dict[str, Any]] = {"held": "", "consult": "", "consult_state": "", "sent_to": "", "trouble": ""}
"""Nothing is going on but talking."""
_CONSULTING: Final = ("call-consult,", "call-out,consult-")
_SENT: Final = ("call-transfer,", "call-out,transfer-")


def changes_of(event: Event) -> dict[str, Any]:
    """Return the fields that an event of steering changes, by name."""
    data = event.data
    match event.type:
        case EventType.CALL_HELD:
            return {"held": str(data.get("by") or "desk") if data.get("held") else "", "trouble": ""}
        case EventType.CALL_TRANSFERRED:
            return _transferred(str(data.get("to", "")), str(data.get("how", "")))
        case EventType.CALL_CONSULTED:
            return _consulted(str(data.get("target", "")), str(data.get("state", "")), str(data.get("why", "")))
        case EventType.CALL_RETURNED:
            return {"sent_to": "", "ringing": "", "trouble": str(data.get("why", ""))}
        case _:
            return {}


def _transferred(target: str, how: str) -> dict[str, Any]:
    kind, _, name = target.partition("-")
    if how == "attended" and kind == "operator" and name:
        return ALONE | {"operator": name, "ringing": ""}
    if how == "taken" or (how == "attended" and kind != "operator"):
        return ALONE | {"operator": "", "ringing": "", "sent_to": target}
    ringing = name if kind == "operator" else ""
    return ALONE | {"operator": "", "ringing": ringing, "sent_to": target}


def _consulted(target: str, state: str, why: str) -> dict[str, Any]:
    if state == "over":
        trouble = "" if why in ("", "answer") else why
        return {"consult": "", "consult_state": "", "trouble": trouble}
    held = "" if state == "conference" else "desk"
    return {"consult": target, "consult_state": state, "held": held, "trouble": ""}


def changes_by_snapshot(channels: Iterable[ChannelNow], held: str) -> dict[str, Any]:
    """Return what the channels of one call say of its steering. `held`: what the board thinks now."""
    changes: dict[str, Any] = {}
    places = [one.place for one in channels]
    if any(place.startswith("call-control,hold") and not place.endswith("holding") for place in places):
        changes["held"] = "desk"
    elif held == "desk":
        changes["held"] = ""
    for one in channels:
        extension = extension_of_channel(one.name)
        if one.place.startswith(_CONSULTING) and extension:
            target = one.place.partition(",")[2].removeprefix("consult-")
            together = {other.bridge for other in channels if other is not one} & {one.bridge} - {""}
            three = sum(other.bridge == one.bridge for other in channels) > 2
            state = "ringing" if not together else "conference" if three else "talking"
            changes |= {"operator": extension, "consult": target, "consult_state": state}
        elif one.place.startswith("call-control,holding") and extension:
            changes |= {"operator": extension, "consult": "", "consult_state": ""}
        elif one.place.startswith(_SENT):
            changes |= {"sent_to": one.place.partition(",")[2].removeprefix("transfer-")}
    return changes


def taken_up(call: LiveCall, operator: str, at: datetime) -> dict[str, Any]:
    """Return what changes when an operator's telephone enters a bridge of the call: asked or sent for, it answered.

    An operator who asks somebody enters a bridge when that one answers, whoever it is.
    """
    if call.consult and call.consult_state == "ringing":
        return {"consult_state": "talking"}
    if not call.operator and operator in (call.ringing, call.sent_to.removeprefix("operator-")):
        return ALONE | {"operator": operator, "ringing": "", "talks_since": at}
    return {}
