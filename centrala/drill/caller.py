"""A caller with ears: places one call, reacts to what is said, and times every silence. Owns the two sockets of a call.

Reacts as people do: presses the key that a menu asks for, speaks after a tone, writes down the case number. A silence
counts from the last sound heard, key pressed or word said, to the next sound or the end of the call.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from typing import Final

from typing_extensions import override

from centrala.bench import sip
from centrala.drill.evidence import CallerSide, Wish
from centrala.drill.tones import Ear, voice

_PACKET_SECONDS: Final = 0.02
_SILENCE: Final = b"\xff" * 160
_THINKS: Final = 0.2
_SPEAKS: Final = 2.5
_AGAIN: Final = 0.5
_IMPATIENT: Final = 0.7
_JUST_NOW: Final = 0.1
_PAUSE: Final = 0.6
_TRIES: Final = 8
_DIGITS: Final = 8
_KEYS: Final = {
    ("language.choose", Wish.MESSAGE): "1",
    ("language.choose", Wish.INFORMATION): "1",
    ("menu.main", Wish.MESSAGE): "2",
    ("menu.main", Wish.INFORMATION): "1",
    ("info.topics", Wish.INFORMATION): "4",
    ("language.choose", Wish.OPERATOR): "1",
    ("menu.main", Wish.OPERATOR): "0",
}
_ENOUGH: Final = {Wish.MESSAGE: "message.after", Wish.INFORMATION: "info.after"}


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, take: Callable[[bytes], None]) -> None:
        self._take = take

    @override
    def datagram_received(self, data: bytes, addr: object) -> None:
        self._take(data)

    @override
    def error_received(self, exc: Exception) -> None:
        """Nobody listens there: the retries and the time limit deal with it."""


class ListeningCaller:
    """One call from `number` to `extension`; `call()` places it and returns how it was."""

    def __init__(self, sip_port: int, extension: str, number: str, wish: Wish) -> None:
        self._sip_port = sip_port
        self._extension, self._number, self._wish = extension, number, wish
        self._ear = Ear()
        self._call_id, self._to = uuid.uuid4().hex, f"<sip:{extension}@127.0.0.1>"
        self._target = f"sip:{extension}@127.0.0.1:{sip_port}"
        self._sequence, self._own_ports = 1, (0, 0)
        self._signalling: asyncio.DatagramTransport | None = None
        self._media: asyncio.DatagramTransport | None = None
        self._far_audio: tuple[str, int] | None = None
        self._speaking_until = 0.0
        self._mark = self._heard_at = self._packet_at = 0.0
        self._longest = 0.0
        self._unanswered: dict[int, bytes] = {}
        self._over = asyncio.Event()
        self._answered = asyncio.Event()
        self._served = self._spoke = self._dropped = False
        self.audible = 0
        """Packets with sound until now."""

    @property
    def said(self) -> list[str]:
        """What was heard until now."""
        return self._ear.said

    @property
    def was_dropped(self) -> bool:
        """Whether the line broke."""
        return self._dropped

    async def call(self, limit: float = 60.0, answer_within: float = 10.0) -> CallerSide:
        """Place the call and return when it is over, or after `limit` seconds."""
        loop = asyncio.get_running_loop()
        self._media, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(self._hear), local_addr=("127.0.0.1", 0)
        )
        self._signalling, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(self._message), local_addr=("127.0.0.1", 0), remote_addr=("127.0.0.1", self._sip_port)
        )
        self._own_ports = (
            self._signalling.get_extra_info("sockname")[1],
            self._media.get_extra_info("sockname")[1],
        )
        try:
            await self._place(answer_within)
            if self._answered.is_set():
                try:
                    async with asyncio.timeout(limit):
                        await self._talk()
                except TimeoutError:
                    await self._hang_up()
        finally:
            self._signalling.close()
            self._media.close()
        return CallerSide(
            self._number,
            self._wish,
            answered=self._answered.is_set(),
            served=self._served,
            spoke=self._spoke,
            # A number that a dying server did not finish is no number yet: its successor says it again.
            told=tuple(dict.fromkeys(told for told in self._ear.numbers("message.number") if len(told) >= _DIGITS)),
            dead_air=self._longest,
            dropped=self._dropped,
        )

    def line_broke(self) -> None:
        """Tell the caller that the exchange is dead: what follows is no silence, it is the end."""
        self._dropped = True
        self._over.set()

    def leave(self) -> None:
        """Hang up now."""
        self._leave()

    async def _place(self, within: float) -> None:
        invite = self._request("INVITE", 1, sip.audio(self._own_ports[1]))
        end = time.monotonic() + within
        while not self._over.is_set() and time.monotonic() < end:
            self._send(invite)
            try:
                async with asyncio.timeout(_AGAIN * 2):
                    await self._answered.wait()
                    return
            except TimeoutError:
                continue

    async def _talk(self) -> None:
        """Send a packet every 20 ms, the caller's voice while he speaks, until the call is over."""
        spoken = voice(50)
        due = time.monotonic()
        number = 0
        while not self._over.is_set():
            speaking = time.monotonic() < self._speaking_until
            if self._media is not None and self._far_audio is not None:
                packet = sip.rtp(number % 65536, spoken[number % len(spoken)] if speaking else _SILENCE)
                self._media.sendto(packet, self._far_audio)
            number += 1
            due += _PACKET_SECONDS
            try:
                async with asyncio.timeout(max(0.0, due - time.monotonic())):
                    await self._over.wait()
            except TimeoutError:
                continue

    def _hear(self, packet: bytes) -> None:
        if len(packet) <= 12 or packet[1] & 0x7F != 0 or self._over.is_set():
            return
        # The exchange sends nothing while it waits for a frozen server, then the menu is read from its beginning.
        now = time.monotonic()
        if now - self._packet_at > _PAUSE:
            self._ear.pause()
        self._packet_at = now
        audible, name = self._ear.take(packet[12:])
        if audible:
            self.audible += 1
            self._heard_at = now
            self._sounded()
        if name is None:
            return
        loop = asyncio.get_running_loop()
        key = _KEYS.get((name, self._wish))
        if key is not None:
            loop.call_later(_THINKS, self._press, key)
            loop.call_later(_THINKS + _IMPATIENT, self._press_again, key, len(self._ear.said))
        elif name == "beep":
            self._speaking_until = time.monotonic() + _SPEAKS
            loop.call_later(_SPEAKS, self._finish_speaking)
        elif name == _ENOUGH.get(self._wish):
            loop.call_later(_THINKS, self._leave)

    def _sounded(self) -> None:
        now = time.monotonic()
        if now > self._speaking_until:
            self._longest = max(self._longest, now - self._mark)
        self._mark = now

    def _finish_speaking(self) -> None:
        self._spoke = True
        self._press("#")

    def _press(self, key: str) -> None:
        if self._over.is_set():
            return
        self._mark = time.monotonic()
        self._sequence += 1
        self._insist(self._sequence, self._request("INFO", self._sequence, f"Signal={key}\r\nDuration=100\r\n"))

    def _press_again(self, key: str, heard: int) -> None:
        """Press once more when the menu just goes on: the key was lost on its way, and people notice that."""
        if len(self._ear.said) == heard and time.monotonic() - self._heard_at < _JUST_NOW:
            self._press(key)

    def _leave(self) -> None:
        if self._over.is_set():
            return
        self._sequence += 1
        self._insist(self._sequence, self._request("BYE", self._sequence))

    async def _hang_up(self) -> None:
        self._sounded()
        self._leave()
        try:
            async with asyncio.timeout(2.0):
                await self._over.wait()
        except TimeoutError:
            self._over.set()

    def _insist(self, sequence: int, data: bytes, tries: int = _TRIES) -> None:
        """Send until it is answered: a busy exchange may drop a datagram."""
        if tries == _TRIES:
            self._unanswered[sequence] = data
        if sequence not in self._unanswered or self._over.is_set() or tries == 0:
            return
        self._send(data)
        asyncio.get_running_loop().call_later(_AGAIN, self._insist, sequence, data, tries - 1)

    def _message(self, data: bytes) -> None:
        try:
            message = sip.parse(data)
        except ValueError:
            return
        if not message.status:
            if message.method == "BYE":
                self._send(sip.answer(message, 200, "OK", "caller"))
                if not self._over.is_set():
                    self._sounded()
                    self._served = True
                    self._over.set()
            return
        number = int(message.headers["cseq"].split()[0])
        if message.status < 200:
            return
        self._unanswered.pop(number, None)
        if message.method == "INVITE" and message.status == 200:
            if not self._answered.is_set():
                self._to, self._target, self._far_audio = message.headers["to"], message.contact, message.media
                self._mark = time.monotonic()
                self._answered.set()
            self._send(self._request("ACK", 1))
        elif message.method == "INVITE" or message.method == "BYE" or message.status == 481:
            self._over.set()

    def _send(self, data: bytes) -> None:
        if self._signalling is not None and not self._signalling.is_closing():
            self._signalling.sendto(data)

    def _request(self, method: str, sequence: int, body: str = "") -> bytes:
        own = f"127.0.0.1:{self._own_ports[0]}"
        headers = {
            "Via": f"SIP/2.0/UDP {own};branch=z9hG4bK{uuid.uuid4().hex[:16]};rport",
            "From": f"<sip:{self._number}@{own}>;tag={self._call_id[:8]}",
            "To": self._to,
            "Call-ID": self._call_id,
            "CSeq": f"{sequence} {method}",
            "Contact": f"<sip:{self._number}@{own}>",
            "Max-Forwards": "70",
        }
        return sip.request(method, self._target, headers, body)
