"""Plain values of the SIP user agent: settings, what a call reports, errors. Must not know pjsua2 or asyncio."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from calls.ports import RadioError

_SIP_URI = re.compile(r"^sips?:[^\s<>\"'\\]{1,200}$")


class CallRefused(RadioError):
    """The other side, or the network, ended a call before it was answered. `code` is SIP's status (486 busy …)."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"the call was refused: {code} {reason}".rstrip())
        self.code, self.reason = code, reason


class NoAnswer(RadioError):
    """Nobody answered in time. `rang`: the other side said that it rings; False: it did not even say that."""

    def __init__(self, message: str, *, rang: bool = True) -> None:
        super().__init__(message)
        self.rang = rang


class CallEnded(RadioError):
    """The call ended while something was still to be done on it."""


class RecordMode(StrEnum):
    """What a recording of a call holds."""

    BOTH = "both"
    HEARD = "heard"  # what comes from the other side only


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """One user agent of one process. Ports: 0 = any free one. Rates are fixed: 8 kHz, G.711."""

    user: str = "dispatch"
    bind_host: str = "127.0.0.1"
    bind_port: int = 0
    rtp_port_start: int = 0
    codecs: tuple[str, ...] = ("PCMA/8000", "PCMU/8000")
    max_calls: int = 4
    """The wheels of pjsua2-python are built for four; more ask for more processes."""


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """A SIP identity. With `registrar` it registers there (`sip:127.0.0.1:5060`); without, it only calls and is called.

    `display` is the caller's name as shown; `domain` is the host part of the identity (empty = our own address).
    """

    username: str
    password: str = ""
    registrar: str = ""
    display: str = ""
    domain: str = ""
    expires: int = 120


FactValue: TypeAlias = Any
"""What comes with a CallFact: named beside each."""


class CallFact(StrEnum):
    """What the native side reports of a call; the value that comes with it is named beside."""

    RINGING = "ringing"  # SIP status
    ANSWERED = "answered"
    MEDIA = "media"  # bool: audio flows
    HELD = "held"  # bool: the other side has put us on hold
    KEY = "key"  # one of calls.dtmf.KEYS
    PLAYED = "played"  # number of the player that reached its end
    SOUNDING = "sounding"  # bool: the other side's audio began or stopped
    TRANSFERRED = "transferred"  # SIP status of the transfer that we asked for
    ENDED = "ended"  # (code, reason); every recording is complete by then


def check_uri(uri: str) -> str:
    """Return `uri` when it is a plain SIP URI. Raises RadioError: nothing else may reach the SIP stack."""
    if not _SIP_URI.match(uri):
        raise RadioError(f"not a SIP address: {uri[:60]!r}; write it as sip:name@host:port")
    return uri
