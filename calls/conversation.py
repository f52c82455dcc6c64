"""Steering of a conversation: hold, transfer, consultation, conference. Vocabulary and port; implemented in ami/.

A target is a word that the town's files allow: `operator-2002`, `queue-operators`, `duty-1`, `organisation-vodovod`.
Nobody types a telephone number: what is not in the dialplan under that word cannot be rung.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from calls.ids import LinkedId

TARGET: Final = re.compile(r"(operator|queue|duty|organisation)-([a-z0-9_-]{1,64})")


class TargetKind(StrEnum):
    """Whom a call can be sent to."""

    OPERATOR = "operator"
    QUEUE = "queue"
    DUTY = "duty"
    ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a call is sent to. `id`: extension, queue, place in the list of duty telephones, or organisation."""

    kind: TargetKind
    id: str

    @classmethod
    def parse(cls, text: str) -> Target:
        """Read `kind-id`. Raises ValueError for any other shape."""
        match = TARGET.fullmatch(text)
        if match is None:
            raise ValueError("a target is operator-EXTENSION, queue-NAME, duty-NUMBER or organisation-ID")
        return cls(TargetKind(match[1]), match[2])

    @property
    def word(self) -> str:
        """Return `kind-id`."""
        return f"{self.kind}-{self.id}"

    @property
    def outside(self) -> bool:
        """Say whether it is not one of the operators: such a telephone sees our number, never the citizen's."""
        return self.kind in (TargetKind.DUTY, TargetKind.ORGANISATION)


class SnoopMode(StrEnum):
    """How a supervisor is at a conversation: hears it; is heard by the operator only; is heard by both."""

    LISTEN = "listen"
    WHISPER = "whisper"
    BARGE = "barge"


class ConversationControl(Protocol):
    """Steers a call for one of the operators in it (`extension`). Every method raises CallControlError.

    A method returns when the PBX has done what was asked, as far as that takes less than a second; whether somebody
    answers is told by events. After an error the caller is where they were, or on the way to the queue.
    """

    async def hold(self, linkedid: LinkedId, extension: str) -> None:
        """Give the caller music; held already is no error."""
        ...

    async def unhold(self, linkedid: LinkedId, extension: str) -> None:
        """Bring caller and operator together again, ending a consultation; together already is no error."""
        ...

    async def transfer(self, linkedid: LinkedId, extension: str, target: Target) -> None:
        """Send the caller on and let the operator go; if nobody takes the call, it returns to the operator."""
        ...

    async def consult(self, linkedid: LinkedId, extension: str, target: Target) -> None:
        """Hold the caller and ring the target for the operator."""
        ...

    async def complete(self, linkedid: LinkedId, extension: str) -> None:
        """Put the caller through to whom the operator consults, and let the operator go."""
        ...

    async def conference(self, linkedid: LinkedId, extension: str) -> None:
        """Bring the caller into the consultation: three talk."""
        ...

    async def channel_of(self, linkedid: LinkedId, extension: str) -> str:
        """Return the operator's channel in the call as it is now, by name."""
        ...

    async def snoop(self, channel: str, *, phone: str, mode: SnoopMode, caller_id: str, announced: bool) -> None:
        """Ring the supervisor's `phone` (a dial string) and bring it to the operator's `channel`.

        Returns when the phone was answered. `announced`: both sides hear a tone first.
        """
        ...
