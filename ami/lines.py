"""How the lines to other exchanges stand, read from the PBX's own lists. Owns the words of those lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ami.client import AmiMessage
from calls.ports import LineNow

_REGISTERED: Final = "registered"
_UNREACHABLE: Final = frozenset({"unreachable", "unavailable", "removed"})


def lines_of(registrations: Sequence[AmiMessage], contacts: Sequence[AmiMessage]) -> tuple[LineNow, ...]:
    """Return the lines that register or whose server is looked for; a line is up when both say so.

    `registrations`: events of PJSIPShowRegistrationsOutbound; `contacts`: of PJSIPShowContacts.
    """
    wrong: dict[str, str] = {}
    for row in registrations:
        if row.get("event") == "OutboundRegistrationDetail":
            status = row.get("status", "")
            fine = status.lower().startswith(_REGISTERED)
            _note(wrong, row.get("objectname", ""), "" if fine else f"registration: {status or 'unknown'}")
    for row in contacts:
        if row.get("event") == "ContactList":
            status = row.get("status", "")
            name = row.get("objectname", "").partition(";")[0].partition("@@")[0] or row.get("endpoint", "")
            _note(wrong, name, f"server: {status}" if status.lower() in _UNREACHABLE else "")
    return tuple(LineNow(name, not detail, detail) for name, detail in sorted(wrong.items()) if name)


def _note(wrong: dict[str, str], name: str, detail: str) -> None:
    wrong[name] = wrong.get(name) or detail
