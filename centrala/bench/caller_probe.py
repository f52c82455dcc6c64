"""One caller with its own clock: places a call, hears the first sound, may press a key. Owns both its sockets."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from typing_extensions import override

from centrala.bench import sip

_PACKET = b"\xff" * 160
_LIMIT = 15.0


class _Inbox(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.received: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    @override
    def datagram_received(self, data: bytes, addr: object) -> None:
        self.received.put_nowait((time.time(), data))


class ProbeCall:
    """A call. `invited`: when the INVITE left (epoch, s); `ended` is set when it is over."""

    def __init__(self, signalling: _Inbox, media: _Inbox, ports: tuple[int, int], extension: str, caller: str) -> None:
        self._signalling = signalling
        self._media = media
        self._own, self._audio = ports
        self._extension = extension
        self._caller = caller
        self._call_id = uuid.uuid4().hex
        self._sequence = 1
        self._to = self._target = ""
        self._far_audio = ("", 0)
        self._send: asyncio.DatagramTransport | None = None
        self._send_audio: asyncio.DatagramTransport | None = None
        self.invited = 0.0
        self.ended = asyncio.Event()

    def attach(self, signalling: asyncio.DatagramTransport, media: asyncio.DatagramTransport) -> None:
        """Take the transports."""
        self._send, self._send_audio = signalling, media

    async def invite(self, uri_host: str) -> None:
        """Call and return when answered. Raises TimeoutError, ConnectionError (refused)."""
        self._to = f"<sip:{self._extension}@{uri_host}>"
        self._target = f"sip:{self._extension}@{uri_host}"
        self.invited = time.time()
        self._out("INVITE", sip.audio(self._audio))
        async with asyncio.timeout(_LIMIT):
            while True:
                message = sip.parse((await self._signalling.received.get())[1])
                if message.status >= 300:
                    raise ConnectionError(message.start)
                if message.status == 200 and message.method == "INVITE":
                    break
        self._to, self._target, self._far_audio = message.headers["to"], message.contact, message.media
        self._out("ACK")

    async def talk(self) -> None:
        """Send silent audio until cancelled: without it the other side waits half a second at the answer."""
        assert self._send_audio is not None  # noqa: S101 - attached before use
        sequence = 0
        while True:
            self._send_audio.sendto(sip.rtp(sequence % 65536, _PACKET), self._far_audio)
            sequence += 1
            await asyncio.sleep(0.02)

    async def first_sound(self) -> float:
        """Return when the first packet with sound came (epoch, s). Raises TimeoutError."""
        async with asyncio.timeout(_LIMIT):
            while True:
                at, packet = await self._media.received.get()
                if sip.is_sound(packet):
                    return at

    async def press(self, key: str) -> None:
        """Press a key."""
        self._sequence += 1
        self._out("INFO", f"Signal={key}\r\nDuration=100\r\n")
        await self._answered("INFO")

    async def hang_up(self) -> None:
        """End the call, unless the other side has."""
        if self.ended.is_set():
            return
        self._sequence += 1
        self._out("BYE")
        await self._answered("BYE")
        self.ended.set()

    async def _answered(self, method: str) -> None:
        async with asyncio.timeout(_LIMIT):
            while True:
                message = sip.parse((await self._signalling.received.get())[1])
                if message.status and message.method == method:
                    return
                if message.method == "BYE":
                    assert self._send is not None  # noqa: S101 - attached before use
                    self._send.sendto(sip.answer(message, 200, "OK", "probe"))
                    self.ended.set()
                    return

    def _out(self, method: str, body: str = "") -> None:
        assert self._send is not None  # noqa: S101 - attached before use
        own = f"127.0.0.1:{self._own}"
        number = 1 if method in ("INVITE", "ACK") else self._sequence
        headers = {
            "Via": f"SIP/2.0/UDP {own};branch=z9hG4bK{uuid.uuid4().hex[:16]};rport",
            "From": f"<sip:{self._caller}@{own}>;tag={self._call_id[:8]}",
            "To": self._to,
            "Call-ID": self._call_id,
            "CSeq": f"{number} {method}",
            "Contact": f"<sip:{self._caller}@{own}>",
            "Max-Forwards": "70",
        }
        self._send.sendto(sip.request(method, self._target, headers, body))


@asynccontextmanager
async def probe_call(sip_port: int, extension: str, caller: str) -> AsyncIterator[ProbeCall]:
    """Open the sockets of a call and close them after it; the call itself is placed by `invite`."""
    loop = asyncio.get_running_loop()
    media, audio = await loop.create_datagram_endpoint(_Inbox, local_addr=("127.0.0.1", 0))
    signalling, inbox = await loop.create_datagram_endpoint(
        _Inbox, local_addr=("127.0.0.1", 0), remote_addr=("127.0.0.1", sip_port)
    )
    ports = signalling.get_extra_info("sockname")[1], media.get_extra_info("sockname")[1]
    call = ProbeCall(inbox, audio, ports, extension, caller)
    call.attach(signalling, media)
    try:
        yield call
    finally:
        signalling.close()
        media.close()
