"""A telephone that keeps its own book: what rang, when it was answered, when it was over. Owns its sockets and moments.

What it writes down is the truth of a simulated day: nothing here comes from the product but the signalling itself.
"""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from typing_extensions import override

from centrala.bench import sip
from centrala.drill.day_books import Ring
from centrala.drill.tones import voice

_LIMIT: Final = 10.0
_AGAIN: Final = 0.5
_TRIES: Final = 8
_PACKET_SECONDS: Final = 0.02
_RENEW: Final = 20.0
_AWAY: Final = 1.0
"""Seconds between two tries while the exchange does not answer, as telephones do."""
_ASKED: Final = re.compile(r"INVITE sip:\+?(\d+)@")
_FROM: Final = re.compile(r"sip:\+?(\d+)@")


@dataclass(slots=True)
class _Dialog:
    ring: Ring
    invite: sip.Message
    last: bytes
    acknowledged: bool = False


class DayPhone(asyncio.DatagramProtocol):
    """Rings; `on_ring` decides what happens then. `rings`: everything that came, oldest first."""

    def __init__(self, extension: str, on_ring: Callable[[Ring], None]) -> None:
        self.extension = extension
        self.rings: list[Ring] = []
        self.sip_port = 0
        """Where the exchange is."""
        self.port = 0
        self._on_ring = on_ring
        self._dialogs: dict[str, _Dialog] = {}
        self._answers: dict[str, asyncio.Queue[sip.Message]] = {}
        self._transport: asyncio.DatagramTransport | None = None
        self._media: asyncio.DatagramTransport | None = None
        self._sequence = 100
        self._media_port = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Take two ports. Raises OSError."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        self._media, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0))
        self.port = self._transport.get_extra_info("sockname")[1]
        self._media_port = self._media.get_extra_info("sockname")[1]

    def close(self) -> None:
        """Give the ports back."""
        for one in (self._transport, self._media):
            if one is not None:
                one.close()

    async def stay_registered(self, password: str, registered: asyncio.Event) -> None:
        """Register again and again; while the exchange is away it is tried each second."""
        while True:
            try:
                await self._register(password)
                registered.set()
                await asyncio.sleep(_RENEW)
            except (TimeoutError, ConnectionError):
                await asyncio.sleep(_AWAY)

    def answer(self, ring: Ring) -> bool:
        """Answer if it still rings; return whether it was."""
        dialog = self._dialog_of(ring)
        if dialog is None or ring.ended:
            return False
        ring.answered = time.time()
        body = sip.audio(self._media_port)
        dialog.last = sip.answer(dialog.invite, 200, "OK", self._tag, self._contact, body)
        for work in (self._insist(dialog), self._speak(dialog)):
            task = asyncio.get_running_loop().create_task(work)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return True

    def refuse(self, ring: Ring) -> None:
        """Say that we are busy."""
        dialog = self._dialog_of(ring)
        if dialog is not None and not ring.ended:
            ring.refused = True
            dialog.last = sip.answer(dialog.invite, 486, "Busy Here", self._tag, self._contact)
            self._out(dialog.last)
            self._end(ring)

    async def hang_up(self, ring: Ring) -> None:
        """End the conversation, unless it is over."""
        dialog = self._dialog_of(ring)
        if dialog is None or ring.ended:
            return
        ring.by_us = True
        self._end(ring)
        invite = dialog.invite
        headers = self._headers("BYE", invite.headers["call-id"]) | {
            "From": f"{invite.headers['to']};tag={self._tag}",
            "To": invite.headers["from"],
        }
        await self._ask(sip.request("BYE", invite.contact, headers), invite.headers["call-id"])

    def line_broke(self) -> None:
        """The exchange is dead: so is every call here."""
        for ring in self.rings:
            if not ring.ended:
                ring.broken = True
                self._end(ring)

    @override
    def datagram_received(self, data: bytes, addr: object) -> None:
        now = time.time()
        try:
            message = sip.parse(data)
        except ValueError:
            return
        call = message.headers["call-id"]
        if message.status:
            if call in self._answers:
                self._answers[call].put_nowait(message)
            return
        dialog = self._dialogs.get(call)
        match message.method:
            case "INVITE":
                self._invited(message, dialog, now)
            case "ACK":
                if dialog is not None:
                    dialog.acknowledged = True
            case "CANCEL":
                self._out(sip.answer(message, 200, "OK", self._tag))
                if dialog is not None and not dialog.ring.answered and not dialog.ring.ended:
                    dialog.last = sip.answer(dialog.invite, 487, "Request Terminated", self._tag)
                    self._out(dialog.last)
                    self._end(dialog.ring)
            case _:
                self._out(sip.answer(message, 200, "OK", self._tag))
                if message.method == "BYE" and dialog is not None and not dialog.ring.ended:
                    self._end(dialog.ring)

    def _invited(self, message: sip.Message, dialog: _Dialog | None, now: float) -> None:
        if dialog is not None:
            if "tag=" in message.headers["to"]:  # a change within the call
                body = sip.audio(self._media_port)
                self._out(sip.answer(message, 200, "OK", self._tag, self._contact, body))
            else:
                self._out(dialog.last)
            return
        found = _FROM.search(message.headers["from"])
        asked = _ASKED.match(message.start)
        ring = Ring(self.extension, found[1] if found else "", now, asked=asked[1] if asked else "")
        self.rings.append(ring)
        ringing = sip.answer(message, 180, "Ringing", self._tag, self._contact)
        self._dialogs[message.headers["call-id"]] = _Dialog(ring, message, ringing)
        self._out(ringing)
        self._on_ring(ring)

    def _end(self, ring: Ring) -> None:
        ring.ended = time.time()
        ring.over.set()

    def _dialog_of(self, ring: Ring) -> _Dialog | None:
        return next((one for one in self._dialogs.values() if one.ring is ring), None)

    async def _insist(self, dialog: _Dialog) -> None:
        for _ in range(_TRIES):
            if dialog.acknowledged or dialog.ring.ended:
                return
            self._out(dialog.last)
            await asyncio.sleep(_AGAIN)

    async def _speak(self, dialog: _Dialog) -> None:
        """Send a packet every 20 ms as long as the conversation lasts."""
        spoken, target, due, number = voice(50), dialog.invite.media, time.monotonic(), 0
        while not dialog.ring.ended and self._media is not None and not self._media.is_closing():
            self._media.sendto(sip.rtp(number % 65536, spoken[number % len(spoken)]), target)
            number, due = number + 1, due + _PACKET_SECONDS
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def _register(self, password: str) -> None:
        uri, call, proof = f"sip:127.0.0.1:{self.sip_port}", uuid.uuid4().hex, ""
        who = f"<sip:{self.extension}@127.0.0.1:{self.sip_port}>"
        for _ in range(2):
            headers = self._headers("REGISTER", call) | {"From": f"{who};tag=day", "To": who, "Expires": "120"}
            headers |= {"Contact": f"<{self._contact}>"} | ({"Authorization": proof} if proof else {})
            answer = await self._ask(sip.request("REGISTER", uri, headers), call)
            if answer is None:
                raise TimeoutError(f"telephone {self.extension}: no answer from the registrar")
            if answer.status == 200:
                return
            challenge = answer.headers.get("www-authenticate", "")
            if answer.status != 401 or not challenge:
                break
            proof = sip.authorization(challenge, "REGISTER", uri, self.extension, password)
        raise ConnectionError(f"telephone {self.extension} was refused")

    async def _ask(self, request: bytes, call: str) -> sip.Message | None:
        """Send until a final answer comes; None when none comes."""
        answers = self._answers.setdefault(call, asyncio.Queue())
        for _ in range(_TRIES):
            self._out(request)
            try:
                async with asyncio.timeout(_AGAIN):
                    while (answer := await answers.get()).status < 200:
                        pass
                    return answer
            except TimeoutError:
                continue
        return None

    def _headers(self, method: str, call: str) -> dict[str, str]:
        self._sequence += 1
        own = f"127.0.0.1:{self.port}"
        return {
            "Via": f"SIP/2.0/UDP {own};branch=z9hG4bK{uuid.uuid4().hex[:16]};rport",
            "Call-ID": call,
            "CSeq": f"{self._sequence} {method}",
            "Max-Forwards": "70",
        }

    @property
    def _contact(self) -> str:
        return f"sip:{self.extension}@127.0.0.1:{self.port}"

    @property
    def _tag(self) -> str:
        return f"day{self.extension}"

    def _out(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(data, ("127.0.0.1", self.sip_port))
