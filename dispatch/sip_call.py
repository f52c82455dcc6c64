"""One SIP call as asyncio sees it. Owns waiting (answer, end of a sound, key, silence); must not know pjsua2.

It holds no native object, only the call's number: native objects live and die on the SIP thread.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

from calls.ports import RadioError
from dispatch.sip_thread import SipThread
from dispatch.sip_types import CallEnded, CallFact, CallRefused, FactValue, NoAnswer, RecordMode


class NativeCalls(Protocol):
    """What can be done to a call, by its number, on the SIP thread only. Each raises RadioError when it cannot."""

    def answer(self, key: int, code: int) -> None: ...  # noqa: D102 - named by what SIP calls it
    def hang_up(self, key: int, code: int) -> None: ...  # noqa: D102
    def start_player(self, key: int, sound: Path, loop: bool) -> int: ...  # noqa: D102
    def stop_player(self, key: int, player: int) -> None: ...  # noqa: D102
    def record(self, key: int, path: Path, mode: RecordMode) -> None: ...  # noqa: D102
    def send_keys(self, key: int, keys: str) -> None: ...  # noqa: D102
    def hold(self, key: int, held: bool) -> None: ...  # noqa: D102
    def transfer(self, key: int, uri: str) -> None: ...  # noqa: D102
    def join(self, key: int, other: int) -> None: ...  # noqa: D102


class SipCall:
    """Implements `calls.ports.RadioCall`. `code` and `reason` are set when it has ended."""

    def __init__(self, key: int, native: NativeCalls, thread: SipThread, remote: str = "") -> None:
        self.key = key
        self.remote, self.account = remote, ""
        self.code = 0
        self.reason = ""
        self.keys_heard = ""
        self.sounding = False
        self.sound_changed_at = time.monotonic()
        self.held_by_other = False
        self.transfer_status = 0
        self.watcher: Callable[[CallFact, FactValue], None] | None = None
        """Called in the event loop with every fact, after this object has taken it in."""
        self._native, self._thread = native, thread
        self._rang = self._answered = self._media = self._ended = False
        self._keys: asyncio.Queue[str] = asyncio.Queue()
        self._played: set[int] = set()
        self._changed = asyncio.Event()

    @property
    def ended(self) -> bool:
        """Whether the call is over, with its recordings complete."""
        return self._ended

    def take(self, fact: CallFact, value: FactValue) -> None:
        """Take in what the native side reports (in the event loop)."""
        match fact:
            case CallFact.ANSWERED:
                self._answered = True
            case CallFact.MEDIA:
                self._media = bool(value)
            case CallFact.HELD:
                self.held_by_other = bool(value)
            case CallFact.KEY:
                self.keys_heard += value
                self._keys.put_nowait(value)
            case CallFact.PLAYED:
                self._played.add(value)
            case CallFact.SOUNDING:
                self.sounding, self.sound_changed_at = value
            case CallFact.TRANSFERRED:
                self.transfer_status = int(value)
            case CallFact.ENDED:
                self._ended, (self.code, self.reason) = True, value
            case CallFact.RINGING:
                self._rang = True
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
        if self.watcher is not None:
            self.watcher(fact, value)

    async def wait_answered(self, timeout: float) -> None:
        """Return when it is answered and audio flows. Raises CallRefused or NoAnswer."""
        if not await self._until(lambda: (self._answered and self._media) or self._ended, timeout):
            raise NoAnswer(
                f"no answer within {timeout:g} s{'' if self._rang else '; it did not ring'}", rang=self._rang
            )
        if self._ended:
            raise CallRefused(self.code, self.reason)

    async def wait_ended(self, timeout: float) -> bool:
        """Return True when the call has ended within `timeout` seconds."""
        return await self._until(lambda: self._ended, timeout)

    async def answer(self, code: int = 200) -> None:
        """Answer an incoming call: 200 takes it, 180 rings, 486 refuses …"""
        await self._thread.run(lambda: self._native.answer(self.key, code))

    async def play(self, sound: Path) -> None:
        """Play a WAV file (8 kHz mono, 16 bit) to its end. Raises CallEnded when the other side hung up."""
        player = await self.start_playing(sound)
        try:
            await self._until(lambda: player in self._played or self._ended, None)
        finally:
            self._thread.post(lambda: self._native.stop_player(self.key, player))
        if self._ended:
            raise CallEnded("the other side hung up while it was being spoken to")

    async def start_playing(self, sound: Path, *, loop: bool = False) -> int:
        """Begin to play and return at once, with the player's number for `stop_playing`."""
        self._refuse_when_ended()
        return await self._thread.run(lambda: self._native.start_player(self.key, sound, loop))

    async def stop_playing(self, player: int) -> None:
        """Stop a sound; ended already is not an error."""
        await self._thread.run(lambda: self._native.stop_player(self.key, player))

    async def record(self, path: Path, mode: RecordMode = RecordMode.BOTH) -> None:
        """Record to a WAV file (8 kHz mono, 16 bit) until the call ends."""
        self._refuse_when_ended()
        await self._thread.run(lambda: self._native.record(self.key, path, mode))

    async def wait_for_key(self, timeout: float) -> str | None:
        """Return the next key, or None when none came in time or the call ended."""
        await self._until(lambda: not self._keys.empty() or self._ended, timeout)
        return None if self._keys.empty() else self._keys.get_nowait()

    def forget_keys(self) -> None:
        """Drop keys that were pressed before now and not yet read."""
        while not self._keys.empty():
            self._keys.get_nowait()

    async def send_keys(self, keys: str) -> None:
        """Send keys as RFC 4733 events, one after the other."""
        self._refuse_when_ended()
        await self._thread.run(lambda: self._native.send_keys(self.key, keys))

    async def wait_for_sound(self, timeout: float) -> bool:
        """Return True when the other side is or becomes audible in time; False otherwise or when the call ended."""
        await self._until(lambda: self.sounding or self._ended, timeout)
        return self.sounding

    async def wait_for_silence(self, lasting: float, timeout: float) -> bool:
        """Return True when the other side has been silent for `lasting` seconds on end, within `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while (now := time.monotonic()) < deadline and not self._ended:
            quiet_at = self.sound_changed_at + lasting
            if not self.sounding and now >= quiet_at:
                return True
            wake = deadline if self.sounding else min(deadline, quiet_at)
            # Both: a sound may end at the very reading at which it counted as begun.
            heard = (self.sounding, self.sound_changed_at)
            await self._until(partial(self._sound_changed_since, heard), max(wake - now, 0.01))
        return False

    async def hold(self, *, held: bool) -> None:
        """Put the other side on hold, or take it back."""
        self._refuse_when_ended()
        await self._thread.run(lambda: self._native.hold(self.key, held))

    async def transfer(self, uri: str) -> None:
        """Send the other side to `uri` (REFER); `transfer_status` tells how it went."""
        self._refuse_when_ended()
        await self._thread.run(lambda: self._native.transfer(self.key, uri))

    async def join(self, other: SipCall) -> None:
        """Bring the other sides of two calls together and leave (REFER with Replaces); as `transfer`."""
        self._refuse_when_ended()
        await self._thread.run(lambda: self._native.join(self.key, other.key))

    async def hang_up(self, code: int = 0) -> None:
        """End the call and wait until its recordings are complete; ended already is not an error."""
        if self._ended:
            return
        await self._thread.run(lambda: self._native.hang_up(self.key, code))
        if not await self.wait_ended(6):
            raise RadioError("the call did not end")

    def _sound_changed_since(self, heard: tuple[bool, float]) -> bool:
        return (self.sounding, self.sound_changed_at) != heard or self._ended

    def _refuse_when_ended(self) -> None:
        if self._ended:
            raise CallEnded(f"the call has ended: {self.code} {self.reason}")

    async def _until(self, condition: Callable[[], bool], timeout: float | None) -> bool:
        """Wait until `condition`, looked at after every fact. Return whether it holds."""
        try:
            async with asyncio.timeout(timeout):
                while not condition():
                    await self._changed.wait()
        except TimeoutError:
            return condition()
        return True
