"""Simulated citizens who call in five languages, and what must be heard in their recordings."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from calls.ports import RadioError
from centrala.layout import Layout
from centrala.simulate.citizen import simulate_citizen
from centrala.speaker import make_speaker
from dispatch.wav_files import RATE
from ivr.prompts import Digits, PromptId, Sentence
from tests.system.expected_prompts import Expected
from tests.system.heard_audio import HeardCall, sound
from tests.system.installation import Installation

LANGUAGES = {"sr": "1", "en": "2", "hu": "3", "sk": "4", "ro": "5"}
AT_ONCE = 10
HELD_BEFORE_KEY = 0.9
"""Seconds that are certainly heard of a prompt that a key cuts short: citizens press after one."""


@dataclass
class Citizen:
    """One simulated call and what came of it. `stay`: seconds of silence after which the caller hangs up."""

    language: str
    keys: list[str]
    stay: float
    says: Path | None = None
    audio: Path = Path()
    told: list[str] = field(default_factory=list)
    heard_something: bool = False

    @property
    def output(self) -> str:
        """What a person would see of the call at the command line."""
        return "\n".join(self.told)

    @property
    def pressed(self) -> list[str]:
        return [LANGUAGES[self.language], *self.keys]


Judge = Callable[[Citizen], Awaitable[list[str]]]


async def call_all(
    installation: Installation, folder: Path, citizens: Sequence[Citizen], at_once: int = AT_ONCE
) -> None:
    """Let all of them call, some at a time."""
    turn = asyncio.Semaphore(at_once)

    async def one(number: int, citizen: Citizen) -> None:
        citizen.audio = folder / f"{citizen.language}-{'-'.join(citizen.keys).replace('#', 'h')}-{number}.wav"
        citizen.told.clear()
        citizen.heard_something = False
        async with turn:
            try:
                result = await simulate_citizen(
                    uri=f"sip:311@{installation.sip}",
                    keys=",".join(citizen.pressed),
                    from_number=f"064123{number:04d}",
                    say_file=citizen.says,
                    out_wav=citizen.audio,
                    say=citizen.told.append,
                    stay=citizen.stay,
                )
            except RadioError as error:
                citizen.told.append(str(error))
                return
        citizen.told += result.lines()
        citizen.heard_something = result.answered and result.audible

    async with asyncio.TaskGroup() as group:
        for number, citizen in enumerate(citizens):
            group.create_task(one(number, citizen))


async def wrong_twice(installation: Installation, folder: Path, citizens: Sequence[Citizen], judge: Judge) -> list[str]:
    """Return what is wrong with these calls.

    A softphone on a busy machine loses sound. Who did not hear everything calls once more, with few others: a prompt
    that is wrong, cut or missing is so again.
    """
    first = {id(citizen): await judge(citizen) for citizen in citizens}
    again = [citizen for citizen in citizens if first[id(citizen)]]
    (folder / "again").mkdir(exist_ok=True)
    await call_all(installation, folder / "again", again, at_once=3)
    return [f"{line} (first: {first[id(one)]})" for one in again for line in await judge(one)]


async def missing_in(
    installation: Installation, call: HeardCall, expected: Sequence[Expected], *, after: float = 0.0
) -> tuple[list[str], float]:
    """Return what was not heard, in order and whole, and when the last of it ended."""
    layout = Layout.of(installation.settings)
    speaker = make_speaker(layout)
    missing: list[str] = []
    at = after
    for one in expected:
        if isinstance(one.prompt, Digits):
            read, end = call.digits(layout.prompts / one.language, after=at, most=len(one.prompt.digits))
            if read == one.prompt.digits:
                at = end
            else:
                missing.append(f"digits {one.prompt.digits}: read {read}")
            continue
        assert isinstance(one.prompt, PromptId | Sentence)
        if isinstance(one.prompt, PromptId):
            stem = layout.prompts / one.language / one.prompt.id
        else:
            stem = await speaker.speak(one.prompt.text, one.language)
        what = sound(stem)
        found = call.find(what if one.whole else what[: int(HELD_BEFORE_KEY * RATE)], after=at, within=25.0)
        if found is None or not (found.whole if one.whole else any(found.heard)):
            missing.append(f"{one.prompt} ({one.language}, {'whole' if one.whole else 'begun'}): {found}")
        else:
            at = found.end - 0.1
    return missing, at
