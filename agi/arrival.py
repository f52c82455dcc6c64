"""What the AGI header says of a call, checked. Owns the names of the arguments that the dialplan passes.

`agi_arg_1` token (checked by the server), `agi_arg_2` `resume` on the second server, `agi_arg_3` the route's subject:
the DID, `on`/`off`, or an order's id. Must not know what a route does with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from calls.caller import Caller, CallerKind
from calls.ids import LinkedId, parse_linked_id
from calls.phones import extension_of_channel

PRETENDED: Final = "invalid"
"""Stands for a number that a caller from outside cannot have."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A call at the server's door. `caller` is as presented: anything may stand in it, at most 200 characters."""

    linkedid: LinkedId
    uniqueid: str
    caller: str
    resumed: bool
    subject: str

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> Arrival:
        """Read the header. Raises ValueError when the channel's id has a shape that is not Asterisk's.

        The caller's channel began the call, so its `uniqueid` is the call's `linkedid`.
        """
        uniqueid = fields.get("uniqueid", "")
        caller = fields.get("callerid", "")
        inside = extension_of_channel(fields.get("channel", "")) is not None
        if Caller.parse(caller, inside=inside).kind is CallerKind.INVALID and caller.isdigit():
            caller = PRETENDED  # a stranger who presents an operator's number is no colleague, to nobody after here
        return cls(
            linkedid=parse_linked_id(uniqueid),
            uniqueid=uniqueid,
            caller="" if caller == "unknown" else caller[:200],
            resumed=fields.get("arg_2") == "resume",
            subject=fields.get("arg_3", ""),
        )
