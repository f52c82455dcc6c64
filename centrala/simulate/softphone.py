"""A softphone in a child process, as asyncio objects. Owns the child; must not know SIP.

`async with Softphone.started(user="citizen") as phone: call = await phone.call("sip:311@127.0.0.1:5060")`.
Verbs and events stand in `softphone_process.py`.
Each phone is a process: the SIP library allows one in each.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from calls.ports import RadioError
from dispatch.sip_types import CallRefused

CHECKOUT: Final = Path(__file__).resolve().parent.parent.parent
_START_SECONDS: Final = 60.0

Message = dict[str, Any]


@dataclass(slots=True)
class PhoneCall:
    """One call of a softphone. `events` holds all that was reported of it, oldest first."""

    phone: Softphone
    number: int
    account: str = ""
    remote: str = ""
    events: list[Message] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        """Whether the call is over."""
        return any(event["event"] == "ended" for event in self.events)

    @property
    def keys_heard(self) -> str:
        """Keys that the other side has pressed so far."""
        return "".join(event["value"] for event in self.events if event["event"] == "key")

    async def do(self, verb: str, **arguments: object) -> Message:
        """Ask for any verb. Raises RadioError, CallRefused."""
        return await self.phone.request(verb, call=self.number, **arguments)

    async def answer(self, *, record: Path | None = None, heard: Path | None = None) -> None:
        """Answer an incoming call, recording both sides and what is heard."""
        await self.do("answer", record=str(record or ""), heard=str(heard or ""))

    async def refuse(self, code: int = 486) -> None:
        """Refuse an incoming call (486 busy, 603 declined …)."""
        await self.do("answer", code=code)

    async def play(self, file: Path) -> None:
        """Play a WAV file (8 kHz mono 16 bit) to its end."""
        await self.do("play", file=str(file))

    async def keys(self, keys: str) -> None:
        """Press keys, one after the other."""
        await self.do("keys", keys=keys)

    async def wait_key(self, timeout: float = 10) -> str | None:
        """Return the next key of the other side, or None."""
        key: str | None = (await self.do("wait_key", timeout=timeout))["key"]
        return key

    async def wait_sound(self, timeout: float = 10) -> bool:
        """Return whether the other side is or became audible in time."""
        return bool((await self.do("wait_sound", timeout=timeout))["heard"])

    async def wait_silence(self, lasting: float = 0.7, timeout: float = 30) -> bool:
        """Return whether the other side was silent for `lasting` seconds on end, in time."""
        return bool((await self.do("wait_silence", lasting=lasting, timeout=timeout))["silent"])

    async def wait_ended(self, timeout: float = 30) -> bool:
        """Return whether the call ended in time; its recordings are complete then."""
        return bool((await self.do("wait_ended", timeout=timeout))["ended"])

    async def hang_up(self) -> None:
        """End the call; recordings are complete when this returns."""
        await self.do("hang_up")


class Softphone:
    """Client of one child process. `incoming` yields calls that ring here; `listener` sees every event."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._answers: dict[int, asyncio.Future[Message]] = {}
        self._calls: dict[int, PhoneCall] = {}
        self._number = 0
        self.port = 0
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.incoming: asyncio.Queue[PhoneCall] = asyncio.Queue()
        self.listener: Callable[[Message], None] | None = None

    @classmethod
    @asynccontextmanager
    async def started(
        cls, *, user: str = "softphone", host: str = "127.0.0.1", port: int = 0
    ) -> AsyncIterator[Softphone]:
        """Start the process; it is gone at the end. Raises RadioError when it does not come up (port taken, …)."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "centrala.simulate.softphone_process"),
            *("--user", user, "--host", host, "--port", str(port)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=CHECKOUT,
            limit=1 << 20,
        )
        phone = cls(process)
        # Not a TaskGroup: it would wrap every exception of the body that uses the phone.
        reading = (asyncio.create_task(phone._read()), asyncio.create_task(phone._read_errors()))
        try:
            await phone._wait_ready()
            yield phone
        finally:
            await phone._end()
            await asyncio.gather(*reading)

    @property
    def pid(self) -> int:
        """Process id, for tests that kill it."""
        return self._process.pid

    async def register(self, username: str, password: str, registrar: str, *, display: str = "") -> str:
        """Register; returns the account's name. Raises RadioError when refused."""
        arguments = {"username": username, "password": password, "registrar": registrar, "display": display}
        return str((await self.request("register", **arguments))["account"])

    async def account(self, username: str, *, display: str = "") -> str:
        """Add an identity without registration: the number that a call shows. Returns its name."""
        return str((await self.request("account", username=username, display=display))["account"])

    async def call(
        self,
        uri: str,
        *,
        account: str = "",
        answer_timeout: float = 20,
        record: Path | None = None,
        heard: Path | None = None,
    ) -> PhoneCall:
        """Call and return when answered. Raises CallRefused (with SIP's code) or RadioError."""
        answer = await self.request(
            "call",
            uri=uri,
            account=account,
            answer_timeout=answer_timeout,
            record=str(record or ""),
            heard=str(heard or ""),
        )
        return self._call(answer["call"])

    async def request(self, verb: str, **arguments: object) -> Message:
        """Ask for a verb and return its answer. Raises CallRefused or RadioError."""
        if self._process.stdin is None or self._process.returncode is not None:
            raise RadioError("the softphone process has ended")
        self._number = number = self._number + 1
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        line = json.dumps({"id": number, "do": verb, **arguments})
        try:
            self._process.stdin.write(line.encode() + b"\n")
            await self._process.stdin.drain()
            result = await answer
        except ConnectionError:
            raise RadioError("the softphone process has ended") from None
        finally:
            self._answers.pop(number, None)
        if result["ok"]:
            return result
        if result["code"]:
            raise CallRefused(result["code"], result["error"])
        raise RadioError(result["error"])

    async def _wait_ready(self) -> None:
        try:
            async with asyncio.timeout(_START_SECONDS):
                await self.ready
        except TimeoutError:
            raise RadioError("the softphone process did not start") from None

    def _call(self, number: int) -> PhoneCall:
        return self._calls.setdefault(number, PhoneCall(self, number))

    async def _read(self) -> None:
        if self._process.stdout is None:
            raise RadioError("the softphone process has no output")
        async for line in self._process.stdout:
            self._take(json.loads(line))
        await self._process.wait()
        gone = RadioError(f"the softphone process has ended ({self._process.returncode}): {self._errors}")
        if not self.ready.done():
            self.ready.set_exception(gone)
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(gone)

    _errors = ""

    async def _read_errors(self) -> None:
        if self._process.stderr is None:
            raise RadioError("the softphone process has no error output")
        async for line in self._process.stderr:
            self._errors = line.decode(errors="replace").strip()

    def _take(self, message: Message) -> None:
        if "id" in message:
            answer = self._answers.get(message["id"])
            if answer is not None and not answer.done():
                answer.set_result(message)
            return
        if message["event"] == "ready":
            self.port = message["port"]
            self.ready.set_result(None)
            return
        call = self._call(message["call"])
        call.events.append(message)
        if message["event"] == "incoming":
            call.account, call.remote = message["account"], message["from"]
            self.incoming.put_nowait(call)
        if self.listener is not None:
            self.listener(message)

    async def _end(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(5):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
