"""How the lines to other exchanges stand, read from the PBX's own lists. Owns the words of those lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ami.client import AmiClient, AmiError, AmiMessage
from calls.phones import phone_of_endpoint
from calls.ports import CallControlError, LineNow

_REGISTERED: Final = "registered"
_UNREACHABLE: Final = frozenset({"unavailable", "invalid"})
_EMPTY: Final = ("no endpoints found", "no outbound registrations")
"""How the PBX refuses to list nothing."""


class AmiLines:
    """Implements `calls.ports.Lines`. `client`: of the user that may ask about the system."""

    def __init__(self, client: AmiClient | None) -> None:
        self._client = client

    async def lines(self) -> tuple[LineNow, ...]:
        """Ask how registrations and servers stand. Raises CallControlError."""
        registrations = await self._listed("PJSIPShowRegistrationsOutbound")
        return lines_of(registrations, await self._listed("PJSIPShowEndpoints"))

    async def _listed(self, action: str) -> list[AmiMessage]:
        if self._client is None:
            raise CallControlError("no connection to the PBX", reason="exchange_away")
        try:
            return await self._client.send({"Action": action}, listing=True)
        except AmiError as error:
            if any(words in str(error).lower() for words in _EMPTY):
                return []
            raise CallControlError(str(error)) from error


def lines_of(registrations: Sequence[AmiMessage], endpoints: Sequence[AmiMessage]) -> tuple[LineNow, ...]:
    """Return the lines that register or whose server is looked for; a line is up when both say so.

    `registrations`: events of PJSIPShowRegistrationsOutbound; `endpoints`: of PJSIPShowEndpoints. A server that is
    written down is no contact for PJSIPShowContacts, which lists what has registered here.
    """
    wrong: dict[str, str] = {}
    for row in registrations:
        if row.get("event") == "OutboundRegistrationDetail":
            status = row.get("status", "")
            fine = status.lower().startswith(_REGISTERED)
            _note(wrong, row.get("objectname", ""), "" if fine else f"registration: {status or 'unknown'}")
    for row in endpoints:
        name = row.get("objectname", "")
        if row.get("event") == "EndpointList" and row.get("contacts") and phone_of_endpoint(name) is None:
            status = row.get("devicestate", "")
            _note(wrong, name, f"server: {status}" if status.lower() in _UNREACHABLE else "")
    return tuple(LineNow(name, not detail, detail) for name, detail in sorted(wrong.items()) if name)


def _note(wrong: dict[str, str], name: str, detail: str) -> None:
    wrong[name] = wrong.get(name) or detail
