"""Operators' phones by name: endpoint, queue interface and channel, there and back. Owns the naming; knows no PBX.

An operator with extension 2001 has two endpoints: `2001`, any SIP phone, and `w2001`, the phone in the browser.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

_EXTENSION: Final = re.compile(r"[0-9]{2,6}")
_ENDPOINT: Final = re.compile(r"(w?)([0-9]{2,6})")
_INTERFACE: Final = re.compile(r"PJSIP/(w?[0-9]{2,6})(-[0-9a-f]+)?")


BROWSER_PHONES: Final = "centrala_phones"
"""Family in the PBX's own database that holds the logins of phones in a browser (sorcery.conf names it)."""


class PhoneKind(StrEnum):
    """With what an operator answers."""

    SIP = "sip"
    BROWSER = "browser"


def endpoint_of(extension: str, kind: PhoneKind = PhoneKind.SIP) -> str:
    """Return the endpoint's name: `2001` or `w2001`. Raises ValueError when the extension is not 2 to 6 digits."""
    if _EXTENSION.fullmatch(extension) is None:
        raise ValueError(f"an operator's extension has 2 to 6 digits: {extension[:20]!r}")
    return f"w{extension}" if kind is PhoneKind.BROWSER else extension


def interface_of(extension: str, kind: PhoneKind = PhoneKind.SIP) -> str:
    """Return what a queue and a dial string call the phone: `PJSIP/2001`. Raises ValueError as `endpoint_of`."""
    return f"PJSIP/{endpoint_of(extension, kind)}"


def phone_of_endpoint(name: str) -> tuple[str, PhoneKind] | None:
    """Return (extension, kind) of an endpoint's name; None when it is no operator's phone."""
    found = _ENDPOINT.fullmatch(name)
    return None if found is None else (found[2], PhoneKind.BROWSER if found[1] else PhoneKind.SIP)


def phone_of_channel(name: str) -> tuple[str, PhoneKind] | None:
    """Return (extension, kind) of `PJSIP/2001-0000001a` or `PJSIP/w2001-0000001a`; None for any other channel."""
    found = _INTERFACE.fullmatch(name)
    return phone_of_endpoint(found[1]) if found is not None and found[2] is not None else None


def extension_of_channel(name: str) -> str | None:
    """Return the extension whose phone, of either kind, the channel is; None for any other channel."""
    phone = phone_of_channel(name)
    return None if phone is None else phone[0]


def phone_of_interface(name: str) -> tuple[str, PhoneKind] | None:
    """Return (extension, kind) of a queue member's interface `PJSIP/2001`, or of such a phone's channel."""
    found = _INTERFACE.fullmatch(name)
    return None if found is None else phone_of_endpoint(found[1])


def extension_of_interface(name: str) -> str | None:
    """Return the extension of a queue member's interface, or of such a phone's channel; None for any other."""
    phone = phone_of_interface(name)
    return None if phone is None else phone[0]
