"""Ports: what one room needs of another, declared here, implemented elsewhere and injected by the composition root."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from calls.events import Event
from calls.ids import CaseNumber, LinkedId
from calls.journal_entries import JournalEntry
from calls.phones import PhoneKind

Clock = Callable[[], datetime]
"""Returns now, timezone-aware (UTC)."""


class JournalWriter(Protocol):
    """Durable append (implemented in storage/journal.py)."""

    async def append(self, *entries: JournalEntry) -> None:
        """Return after the entries are on the disk (`fdatasync`). Raises OSError when they are not."""
        ...

    def entries_of(self, linkedid: LinkedId) -> Sequence[JournalEntry]:
        """Return what any process here journalled of the call, in step order: the second server resumes from it."""
        ...


class CaseMint(Protocol):
    """Makes case numbers and PINs locally (implemented in storage/case_mint.py)."""

    def new_case(self) -> tuple[CaseNumber, str, str]:
        """Return a number never given before, its PIN (four digits, told to the citizen) and the PIN's keyed hash."""
        ...


@dataclass(frozen=True, slots=True)
class CaseStatusAnswer:
    """What a caller with the right PIN is told of a case. Times are timezone-aware."""

    number: CaseNumber
    status: str
    service_code: str | None
    requested_at: datetime
    expected_at: datetime | None
    closed_at: datetime | None


class CaseStatusLookup(Protocol):
    """Status by number and PIN (implemented in storage)."""

    async def status_of(self, number: CaseNumber, pin: str) -> CaseStatusAnswer | None:
        """Return None for an unknown case or a wrong PIN. Raises OSError or TimeoutError when the store is down."""
        ...


class SpeechError(Exception):
    """Text could not be made into sound; `str(error)` says why. The caller then hears a recorded prompt or a person."""


class SentenceSpeaker(Protocol):
    """Text to a sound file in the telephone's format (implemented in speech/)."""

    async def speak(self, text: str, language: str) -> Path:
        """Return the path, without extension, of a sound that says `text` (cached). Raises SpeechError."""
        ...


@dataclass(frozen=True, slots=True)
class HeardWords:
    """What a recogniser heard: one of the choices, and how sure it is (0–1)."""

    words: str
    confidence: float


class Recogniser(Protocol):
    """Speech to one of a few phrases (implemented in speech/vosk_recogniser.py, where a model is installed)."""

    def hear(self, samples: bytes, choices: Sequence[str]) -> HeardWords | None:
        """Return which of `choices` was said in 16-bit mono samples at 8000 Hz, None for silence or anything else.

        It computes: call it in an executor. Raises ValueError for choices that the model cannot hear.
        """
        ...


class CallControlError(Exception):
    """The PBX refused or did not answer an action. `str(error)` says what and why, in English.

    `reason`: a word of the console's texts (`problem.…`) when more can be said to a person than that it refused.
    """

    def __init__(self, message: str, *, reason: str = "") -> None:
        super().__init__(message)
        self.reason = reason


class NotReached(CallControlError):
    """A call that we placed was not answered. `busy`: somebody talks there; `fault`: it rang nowhere."""

    def __init__(self, message: str, *, busy: bool = False, fault: bool = False) -> None:
        super().__init__(message, reason="phone_not_answered")
        self.busy, self.fault = busy, fault


class CallControl(Protocol):
    """Control of calls and operators (implemented in ami/call_control.py). Every method raises CallControlError."""

    async def add_member(self, queue: str, extension: str, *, paused: bool, reason: str = "") -> None:
        """Put an operator's phone into a queue; already there is not an error."""
        ...

    async def remove_member(self, queue: str, extension: str) -> None:
        """Take an operator's phone out of a queue; not there is not an error."""
        ...

    async def pause_member(self, extension: str, *, paused: bool, reason: str = "") -> None:
        """Pause or unpause the phone in every queue."""
        ...

    async def set_penalty(self, queue: str, extension: str, penalty: int) -> None:
        """Ask members with a smaller penalty first; a phone that is not in the queue is no error."""
        ...

    async def originate(
        self,
        *,
        endpoint: str,
        context: str,
        extension: str,
        variables: dict[str, str],
        caller_id: str,
        timeout: float,
        channel_id: str = "",
    ) -> str:
        """Ring `endpoint` (a dial string), connect it to the dialplan; return its uniqueid when it answered.

        `channel_id`: the uniqueid that it shall have, so that it can be stored before anything rings.
        """
        ...

    async def set_variable(self, channel: str, name: str, value: str) -> None:
        """Set a variable of `calls.channel_variables` on a channel, by its name or Asterisk's id."""
        ...

    async def hang_up(self, linkedid: LinkedId) -> None:
        """End every channel of the call."""
        ...

    async def pause_recording(self, linkedid: LinkedId, *, paused: bool) -> None:
        """Mute or unmute the recording of the call."""
        ...

    async def snapshot(self) -> PbxSnapshot:
        """Return what the PBX says now: channels, waiting callers, members."""
        ...


class Lines(Protocol):
    """Looks at the lines to other exchanges."""

    async def lines(self) -> tuple[LineNow, ...]:
        """Return how they stand: registrations, and servers that are looked for. Raises CallControlError."""
        ...


class BrowserPhones(Protocol):
    """Operators' phones in a browser (implemented in ami/browser_phones.py). Every method raises CallControlError."""

    def set_phone(self, extension: str, kind: PhoneKind) -> None:
        """From now on the operator is rung on this phone; who was never named here has a SIP phone."""
        ...

    async def set_login(self, extension: str, password: str) -> None:
        """Make `password` the only one with which this operator's browser can register."""
        ...

    async def move_member(self, extension: str, kind: PhoneKind) -> None:
        """Put the chosen phone into every queue in which the operator's other phone is, in its place."""
        ...

    async def keep_callers(self, endpoint: str) -> tuple[str, ...]:
        """This phone lost its connection: keep whom it talked with until it is back. Returns their calls."""
        ...


@dataclass(frozen=True, slots=True)
class ChannelNow:
    """A channel that exists now."""

    uniqueid: str
    linkedid: str
    name: str
    state: str
    application: str
    seconds: int
    bridge: str = ""
    """Id of the bridge in which it talks; empty outside one."""
    place: str = ""
    """`context,extension` of the dialplan."""


@dataclass(frozen=True, slots=True)
class WaitingNow:
    """A caller who waits in a queue now. `waited` in seconds."""

    linkedid: str
    queue: str
    position: int
    waited: int


@dataclass(frozen=True, slots=True)
class MemberNow:
    """A member of a queue now. `device`: Asterisk's device state in words (`not_in_use`, `in_use`, `ringing` …)."""

    queue: str
    extension: str
    paused: bool
    reason: str
    device: str


@dataclass(frozen=True, slots=True)
class LineNow:
    """A line to another exchange now. `name`: the trunk's; `detail`: the PBX's own word when it does not stand."""

    name: str
    up: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PbxSnapshot:
    """Everything the PBX knows that the board must agree with."""

    at: datetime
    channels: tuple[ChannelNow, ...]
    waiting: tuple[WaitingNow, ...]
    members: tuple[MemberNow, ...]


class EventBus(Protocol):
    """Publishes domain events to every subscriber (implemented in storage/bus.py, in-process or Redis)."""

    async def publish(self, event: Event) -> None:
        """Hand the event to all subscribers; a slow or failed subscriber never holds up the publisher."""
        ...

    def subscribe(self) -> EventSubscription:
        """Return a new subscription that sees every event published from now on."""
        ...


class EventSubscription(Protocol):
    """A queue of events; close it when done."""

    async def get(self) -> Event:
        """Wait for the next event."""
        ...

    def close(self) -> None:
        """Stop receiving."""
        ...


@dataclass(frozen=True, slots=True)
class OrderToRead:
    """An order or alarm as a telephone reads it out. `sounds`: paths without extension; `attempt`: its number.

    `replies`: what is said after an outcome, where no prompt of the library says it.
    """

    language: str
    sounds: tuple[Path, ...]
    attempt: int
    replies: Mapping[str, Path] = field(default_factory=dict)


class OrderScripts(Protocol):
    """Orders for telephone calls, from dispatch to the AGI route (implemented in storage/order_scripts.py)."""

    def put(self, order_id: str, order: OrderToRead) -> None:
        """Have the order ready, durably, before its call is placed. Raises OSError, ValueError (not an order id)."""
        ...

    def get(self, order_id: str) -> OrderToRead:
        """Return the order. Raises LookupError when there is none, ValueError for a damaged one or not an order id."""
        ...


class RadioEndpoint(Protocol):
    """A SIP user agent that calls, plays, records and hears keys (implemented in dispatch/pjsua2_endpoint.py)."""

    async def call(self, uri: str, *, answer_timeout: float, recording: Path | None = None) -> RadioCall:
        """Call `uri`. Raises RadioError when it was refused, did not answer in time, or the network failed."""
        ...


class RadioCall(Protocol):
    """One call of a RadioEndpoint."""

    async def play(self, sound: Path) -> None:
        """Play a WAV file (8 kHz mono) to its end. Raises RadioError when the other side hung up."""
        ...

    async def wait_for_key(self, timeout: float) -> str | None:
        """Return the next key, or None when none came within `timeout` seconds."""
        ...

    async def hang_up(self) -> None:
        """End the call; ended already is not an error."""
        ...


class RadioError(Exception):
    """The radio path failed; `str(error)` says how."""


JsonObject = dict[str, Any]
