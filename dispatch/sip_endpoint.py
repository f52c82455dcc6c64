"""A SIP user agent for asyncio: calls out, incoming calls, accounts. Must not know pjsua2's objects.

Implements `calls.ports.RadioEndpoint`. One per process: the native library is a singleton.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

from calls.ports import RadioError
from dispatch.sip_call import SipCall
from dispatch.sip_thread import SipThread
from dispatch.sip_types import AccountSettings, CallFact, EndpointSettings, FactValue, RecordMode, check_uri

_log = logging.getLogger(__name__)
DEFAULT_ACCOUNT = ""


class SipEndpoint:
    """`async with SipEndpoint(settings) as endpoint:` starts and ends it. `incoming` yields calls that ring."""

    def __init__(self, settings: EndpointSettings) -> None:
        self._settings = settings
        self._calls: dict[int, SipCall] = {}
        self._registered: dict[str, asyncio.Future[int]] = {}
        self.incoming: asyncio.Queue[SipCall] = asyncio.Queue()
        self._thread: SipThread
        self._stack: Any = None

    @property
    def port(self) -> int:
        """UDP port on which it listens."""
        return int(self._stack.port)

    @property
    def silent_for(self) -> float:
        """Seconds since the SIP thread last came round: large means that the native library is stuck."""
        return self._thread.silent_for

    async def start(self) -> None:
        """Start the stack. Raises RadioError: port taken, or no pjsua2 on this Python."""
        try:
            from dispatch.pjsua2_endpoint import Pjsua2Stack
        except ImportError as error:
            raise RadioError(
                f"no SIP stack for this Python ({error}); install pjsua2-python, Python 3.11 or 3.12"
            ) from None
        loop = asyncio.get_running_loop()

        def report(key: int, fact: CallFact, value: FactValue) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._take, key, fact, value)

        def arrived(account: str, key: int, remote: str) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._arrived, account, key, remote)

        def registered(account: str, code: int) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._registration, account, code)

        stack = Pjsua2Stack(self._settings, report, lambda job: self._thread.post(job))
        stack.arrived, stack.registered = arrived, registered
        self._stack = stack
        self._thread = SipThread(stack.open, stack.poll, stack.close)
        await self._thread.start()

    async def close(self) -> None:
        """Hang up everything and end the stack."""
        if self._stack is not None:
            await self._thread.stop()

    async def __aenter__(self) -> SipEndpoint:
        """Start."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        await self.close()

    async def add_account(self, settings: AccountSettings, *, timeout: float = 10) -> str:
        """Add an identity; with a registrar, return once registered. Returns its name. Raises RadioError."""
        name, stack = settings.username, self._stack
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        if settings.registrar:
            self._registered[name] = answer
        await self._thread.run(lambda: stack.add_account(name, settings))
        if settings.registrar:
            try:
                async with asyncio.timeout(timeout):
                    code = await answer
            except TimeoutError:
                raise RadioError(f"{settings.registrar} did not answer the registration of {name}") from None
            if code != 200:
                raise RadioError(f"{settings.registrar} refused the registration of {name}: {code}")
        return name

    async def call(
        self,
        uri: str,
        *,
        answer_timeout: float,
        recording: Path | None = None,
        heard: Path | None = None,
        account: str = DEFAULT_ACCOUNT,
    ) -> SipCall:
        """Call `uri`; return when it is answered and audio flows. Raises CallRefused, NoAnswer, RadioError.

        `recording` takes both sides, `heard` only the other's; both are WAV files, complete when the call has ended.
        """
        call = await self.begin_call(uri, account=account)
        answered = False
        try:
            if recording is not None:
                await call.record(recording)
            if heard is not None:
                await call.record(heard, RecordMode.HEARD)
            await call.wait_answered(answer_timeout)
            answered = True
        finally:  # also when cancelled: a call must not ring on without an owner
            if not answered:
                stack = self._stack
                self._thread.post(lambda: stack.hang_up(call.key, 0))
        return call

    async def begin_call(self, uri: str, *, account: str = DEFAULT_ACCOUNT) -> SipCall:
        """Begin to call `uri` and return at once; `wait_answered` tells how it goes on."""
        check_uri(uri)
        stack = self._stack
        key = await self._thread.run(stack.new_key)
        call = self._calls[key] = SipCall(key, stack, self._thread, uri)
        await self._thread.run(lambda: stack.call(key, account, uri))
        return call

    def _take(self, key: int, fact: CallFact, value: FactValue) -> None:
        call = self._calls.get(key)
        if call is None:
            return
        if fact is CallFact.ENDED:
            del self._calls[key]
        call.take(fact, value)

    def _arrived(self, account: str, key: int, remote: str) -> None:
        call = self._calls[key] = SipCall(key, self._stack, self._thread, remote)
        call.account = account
        self.incoming.put_nowait(call)

    def _registration(self, account: str, code: int) -> None:
        answer = self._registered.get(account)
        if answer is not None and not answer.done():
            answer.set_result(code)
        elif code != 200:
            _log.warning("SIP registration of %s: %s", account, code)
