"""One AMI connection that heals itself. The only file that imports panoramisk; owns framing, login, ping and back-off.

panoramisk reads the wire and pairs answers with actions. What it lacks stands here: a time limit on every answer,
notice of a stalled link, reconnect with back-off, a call-back after each login so that the owner compares its picture
with the PBX instead of trusting that no event was missed, and refusal of line ends in values (action injection).
Actions are never queued across a reconnect: an action that got no answer has failed, and says so.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol

log = logging.getLogger(__name__)

AmiMessage = Mapping[str, str]
"""One event or answer; keys are lower-cased header names."""

MAX_BACKOFF = 5.0
_REFUSED = frozenset({"error", "fail", "failure"})


class AmiError(Exception):
    """An action failed: no connection, no answer in time, or the PBX answered `Error`."""


@dataclass(frozen=True, slots=True)
class AmiAccount:
    """Where to log in and as whom. `secret` comes from the secrets file."""

    host: str
    port: int
    username: str
    secret: str


class _Link:
    """What panoramisk's protocol calls its factory: receives events and the loss of the connection."""

    forgetable_actions: tuple[str, ...] = ()
    save_stream = None

    def __init__(self, on_event: Callable[[AmiMessage], None]) -> None:
        self.awaiting_actions: deque[Any] = deque()
        self.lost = asyncio.Event()
        self._on_event = on_event

    def dispatch(self, message: Mapping[str, Any]) -> None:
        self._on_event(_flat(message))

    def connection_lost(self, _exc: object) -> None:
        self.lost.set()


def _flat(message: Mapping[str, Any]) -> dict[str, str]:
    """Return a message as plain strings: a repeated header keeps its last value."""
    return {
        str(key).lower(): str(value[-1] if isinstance(value, list) else value)
        for key, value in message.items()
        if value is not None
    }


class _Listing(Action):  # type: ignore[misc]  # panoramisk has no types
    """An action answered by a list. panoramisk waits for the end of a list that was refused, too."""

    def add_message(self, message: Any) -> bool:  # noqa: ANN401
        if not self.responses and str(message.response).lower() in _REFUSED and not self.future.done():
            self.responses.append(message)
            self.future.set_result([message])
            return True
        return bool(super().add_message(message))


class AmiClient:
    """A logged-in AMI connection, kept alive by `run()`.

    `on_event` is called in the event loop for every event that the PBX's filter lets through; `on_connected` is awaited
    after every login, the first included; an AmiError or OSError from it drops the link, which is then made anew.
    """

    def __init__(
        self,
        account: AmiAccount,
        *,
        on_event: Callable[[AmiMessage], None] = lambda _message: None,
        on_connected: Callable[[], Awaitable[None]] | None = None,
        on_lost: Callable[[], None] = lambda: None,
        ping_interval: float = 2.0,
        answer_timeout: float = 3.0,
    ) -> None:
        self._account = account
        self._on_event = on_event
        self._on_connected = on_connected
        self._on_lost = on_lost
        self._ping_interval = ping_interval
        self._answer_timeout = answer_timeout
        self._protocol: Any = None
        self.connected = asyncio.Event()

    async def run(self) -> None:
        """Connect, log in, watch, and begin again after every loss, until cancelled."""
        backoff = 0.1
        while True:
            try:
                await self._session()
                backoff = 0.1
            except (OSError, AmiError) as error:
                if (task := asyncio.current_task()) is not None and task.cancelling():
                    # The link broke while we were being stopped: the task group reports the first and drops the second.
                    raise asyncio.CancelledError from error
                log.warning("AMI %s: %s; trying again in %.1f s", self._account.username, error, backoff)
            finally:
                if self.connected.is_set():
                    self.connected.clear()
                    self._on_lost()
                self._protocol = None
            await asyncio.sleep(backoff)
            backoff = min(MAX_BACKOFF, backoff * 2)

    async def try_login(self) -> None:
        """Connect, log in and leave: for a check. Raises AmiError or OSError with the reason."""
        link = _Link(self._on_event)
        transport = await self._open(link)
        transport.abort()

    async def _open(self, link: _Link) -> asyncio.Transport:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(self._answer_timeout):
            transport, protocol = await loop.create_connection(AMIProtocol, self._account.host, self._account.port)
        protocol.factory = link
        protocol.encoding = "utf8"
        self._protocol = protocol
        try:
            await self.send(
                {"Action": "Login", "Username": self._account.username, "Secret": self._account.secret, "Events": "on"}
            )
        except AmiError:
            transport.abort()
            raise
        return transport

    async def _session(self) -> None:
        link = _Link(self._on_event)
        transport = await self._open(link)
        try:
            log.info("AMI %s: logged in", self._account.username)
            self.connected.set()
            async with asyncio.TaskGroup() as tasks:
                watch = tasks.create_task(self._watch(link))
                if self._on_connected is not None:
                    await self._on_connected()
                await watch
        except ExceptionGroup as group:
            # No `except*`: what that raises is wrapped in a new group by Python 3.11.2, which is Debian 12's.
            expected, others = group.split((OSError, AmiError))
            if expected is None or others is not None:
                raise
            raise AmiError(str(expected.exceptions[0])) from group
        finally:
            with contextlib.suppress(OSError):
                transport.abort()

    async def _watch(self, link: _Link) -> None:
        """Return when the connection is lost; raise AmiError when a ping gets no answer (a stalled link)."""
        while not link.lost.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._ping_interval):
                    await link.lost.wait()
                    raise AmiError("the PBX closed the connection")
            await self.send({"Action": "Ping"})

    async def send(
        self, action: Mapping[str, str | list[str]], *, listing: bool = False, timeout: float | None = None
    ) -> list[AmiMessage]:
        """Send an action; return its answer, followed by the list's events when `listing`.

        Raises AmiError when there is no connection, a value holds a line end, the answer is `Error` (its Message is the
        text), or none came within `timeout` seconds.
        """
        if self._protocol is None or self._protocol.closed:
            raise AmiError("no connection to the PBX")
        for key, value in action.items():
            for text in value if isinstance(value, list) else [value]:
                if "\r" in text or "\n" in text:
                    raise AmiError(f"a line end in {key} was refused")
        # as_list is always said: panoramisk otherwise waits for ever for more after "Added interface to queue".
        future = self._protocol.send((_Listing if listing else Action)(dict(action)), as_list=listing)
        try:
            async with asyncio.timeout(timeout or self._answer_timeout):
                answer = await asyncio.shield(future)
        except TimeoutError:
            raise AmiError(f"no answer to {action['Action']} within {timeout or self._answer_timeout:.0f} s") from None
        messages: list[AmiMessage] = [_flat(message) for message in (answer if isinstance(answer, list) else [answer])]
        if messages[0].get("response", "").lower() in _REFUSED:
            raise AmiError(f"{action['Action']}: {messages[0].get('message', 'refused')}")
        return messages
