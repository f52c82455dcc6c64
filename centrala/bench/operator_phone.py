"""An operator's phone with its own clock: registers, rings, answers after a while. Owns its socket and its times."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from typing_extensions import override

from centrala.bench import sip

_LIMIT = 10.0


@dataclass(slots=True)
class Rung:
    """One call at the phone, epoch seconds: when the INVITE was here, when it was answered, when it was over."""

    at: float
    answered: float = 0.0
    ended: float = 0.0


class OperatorPhone(asyncio.DatagramProtocol):
    """Answers every call after `ring` seconds. `rung` holds what came, oldest first."""

    def __init__(self, ring: float) -> None:
        self.rung: list[Rung] = []
        self.news = asyncio.Event()
        self._ring = ring
        self._calls: dict[str, Rung] = {}
        self._answers: asyncio.Queue[sip.Message] = asyncio.Queue()
        self._transport: asyncio.DatagramTransport | None = None
        self._port = 0

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # a datagram transport, which uvloop does not inherit
        self._port = transport.get_extra_info("sockname")[1]

    @override
    def datagram_received(self, data: bytes, addr: object) -> None:
        now = time.time()
        try:
            message = sip.parse(data)
        except ValueError:
            return  # keep-alives
        if message.status:
            self._answers.put_nowait(message)
        elif message.method == "INVITE":
            self._invited(message, now)
        elif message.method == "BYE":
            if message.headers["call-id"] in self._calls:
                self._calls[message.headers["call-id"]].ended = now
            self._out(sip.answer(message, 200, "OK", "phone"))
        elif message.method != "ACK":
            self._out(sip.answer(message, 200, "OK", "phone"))
        self.news.set()

    async def register(self, extension: str, password: str, sip_port: int) -> None:
        """Register. Raises TimeoutError, ConnectionError (refused)."""
        uri, call_id = f"sip:127.0.0.1:{sip_port}", uuid.uuid4().hex
        proof = ""
        async with asyncio.timeout(_LIMIT):
            for number in (1, 2):
                who = f"<sip:{extension}@127.0.0.1:{sip_port}>"
                own = f"127.0.0.1:{self._port}"
                headers = {
                    "Via": f"SIP/2.0/UDP {own};branch=z9hG4bK{uuid.uuid4().hex[:16]};rport",
                    "From": f"{who};tag=phone",
                    "To": who,
                    "Call-ID": call_id,
                    "CSeq": f"{number} REGISTER",
                    "Contact": f"<sip:{extension}@{own}>",
                    "Expires": "600",
                    "Max-Forwards": "70",
                }
                headers |= {"Authorization": proof} if proof else {}
                self._out(sip.request("REGISTER", uri, headers), sip_port)
                answer = await self._answers.get()
                if answer.status == 200:
                    return
                challenge = answer.headers.get("www-authenticate", "")
                if answer.status != 401 or not challenge:
                    raise ConnectionError(f"phone {extension}: {answer.start}")
                proof = sip.authorization(challenge, "REGISTER", uri, extension, password)
        raise ConnectionError(f"phone {extension}: the password was refused")

    def _invited(self, message: sip.Message, now: float) -> None:
        call = message.headers["call-id"]
        if call in self._calls:  # sent again, or a change within the call
            self._out(sip.answer(message, 200, "OK", "phone", self._contact, sip.audio(self._port + 1)))
            return
        self._calls[call] = Rung(now)
        self.rung.append(self._calls[call])
        self._out(sip.answer(message, 180, "Ringing", "phone", self._contact))
        asyncio.get_running_loop().call_later(self._ring, self._answer, message)

    def _answer(self, message: sip.Message) -> None:
        rung = self._calls[message.headers["call-id"]]
        if not rung.ended:
            rung.answered = time.time()
            self._out(sip.answer(message, 200, "OK", "phone", self._contact, sip.audio(self._port + 1)))

    @property
    def _contact(self) -> str:
        return f"sip:phone@127.0.0.1:{self._port}"

    def _out(self, data: bytes, port: int = 0) -> None:
        assert self._transport is not None  # noqa: S101 - connected before use
        self._sip_port = port or self._sip_port
        self._transport.sendto(data, ("127.0.0.1", self._sip_port))

    _sip_port = 0


@asynccontextmanager
async def operator_phone(extension: str, password: str, sip_port: int, ring: float) -> AsyncIterator[OperatorPhone]:
    """Yield a registered phone."""
    transport, phone = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: OperatorPhone(ring), local_addr=("127.0.0.1", 0)
    )
    try:
        await phone.register(extension, password, sip_port)
        yield phone
    finally:
        transport.close()
