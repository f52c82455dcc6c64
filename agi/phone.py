"""What a route does on a telephone: say, ask, record, leave. Owns the AGI commands that this takes, and the deadline.

Must not know flows, journals or stores. One command per step, and the deadline only when the step would overrun it.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agi.channel import AgiChannel, CallerGone
from agi.sounds import PlayableSound, Sounds
from calls import channel_variables
from calls.dtmf import clean_keys
from ivr.prompts import Prompt

_SAMPLES_PER_SECOND: Final = 8000


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds. `margin`: what a step may last beyond its own length; `ahead`: how much more is asked for at a time.

    The dialplan's absolute timeout rescues the caller from a frozen server; the supervisor, which kills one within
    seconds, is quicker while it lives. `ahead` trades that slower rescue for one AGI command less per step.
    """

    margin: float = 6.0
    ahead: float = 30.0


@dataclass(frozen=True, slots=True)
class Keyed:
    """Keys pressed; `finished`: the finishing key was pressed."""

    keys: str
    finished: bool


@dataclass(frozen=True, slots=True)
class Recording:
    """`seconds` that Asterisk says it recorded; `hung_up`: the caller ended it by hanging up.

    `refused`: the disk took no file. Without a file and not refused, the caller's key came before the tone had ended.
    """

    seconds: float
    hung_up: bool
    refused: bool = False


class Phone:
    """One caller's telephone. `language` is the language of prompts that name none."""

    def __init__(self, channel: AgiChannel, sounds: Sounds, language: str, deadlines: Deadlines | None = None) -> None:
        self.language = language
        self._channel = channel
        self._sounds = sounds
        self._deadlines = deadlines or Deadlines()
        self._deadline_at = 0.0
        self._loop = asyncio.get_running_loop()

    async def say(self, prompts: Sequence[Prompt]) -> None:
        """Say the prompts to the end; keys are not listened to. Raises SoundMissing, CallerGone."""
        await self._play(await self._sounds.playable(prompts, self.language))

    async def ask(self, prompts: Sequence[Prompt], *, most_keys: int, silence: float, barge_in: bool = True) -> Keyed:
        """Say the prompts, read keys until `most_keys`, `#` or `silence` seconds. Raises SoundMissing, CallerGone."""
        if prompts and not barge_in:
            await self.say(prompts)
            prompts = ()
        path, seconds = "", 0.0
        if prompts:
            sound = await self._sounds.playable(prompts, self.language)
            for first in sound.before:
                await self._play(first)
            path, seconds = sound.path, sound.seconds
        limit = seconds + silence * most_keys
        await self._stay(limit)
        reply = await self._channel.command("GET DATA", path, round(silence * 1000), most_keys, within=limit)
        if reply.result == "-1":
            raise CallerGone
        keys = clean_keys(reply.result)[:most_keys]
        return Keyed(keys, finished=reply.data != "timeout" and len(keys) < most_keys)

    async def record(self, stem: Path, *, kind: str = "wav", most_seconds: int, silence: int) -> Recording:
        """Record into `<stem>.<kind>` after a tone, until `#`, `silence` or `most_seconds` (s). The folder exists.

        A caller who hangs up has still left what was said. Raises CallerGone when the call ended before the recording.
        """
        await self._stay(most_seconds + 2)
        reply = await self._channel.command(
            "RECORD FILE", str(stem), kind, "#", most_seconds * 1000, "BEEP", f"s={silence}", within=most_seconds + 2
        )
        hung_up = reply.data == "hangup" or self._channel.gone
        refused = reply.data == "writefile"
        return Recording((reply.end_position or 0) / _SAMPLES_PER_SECOND, hung_up, refused)

    async def leave(self, destination: str, *, queue: str = "", language: str = "", priority: int = 0) -> None:
        """Hand the call back to the dialplan: the last act. What is empty or 0 stays as the dialplan has it."""
        if language:
            await self._set(channel_variables.LANGUAGE, language)
        if queue:
            await self._set(channel_variables.QUEUE, queue)
        if priority:
            await self._set(channel_variables.PRIORITY, str(priority))
        await self._set(channel_variables.IVR_DONE, destination)

    async def _play(self, sound: PlayableSound) -> None:
        for first in sound.before:
            await self._play(first)
        await self._stay(sound.seconds)
        reply = await self._channel.command("STREAM FILE", sound.path, "", within=sound.seconds)
        if reply.result == "-1":
            raise CallerGone

    async def _set(self, name: str, value: str) -> None:
        await self._channel.command("SET VARIABLE", name, value)

    async def _stay(self, seconds: float) -> None:
        """Make sure that the absolute timeout does not strike before a step of `seconds` is over."""
        now = self._loop.time()
        needed = seconds + self._deadlines.margin
        if self._deadline_at - now >= needed:
            return
        granted = math.ceil(needed + self._deadlines.ahead)
        await self._channel.command("SET AUTOHANGUP", granted)
        self._deadline_at = now + granted
