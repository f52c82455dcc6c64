"""A person answers in each language: by key, after wrong keys and without any; the prompts before it are whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from centrala.secrets_file import load_secrets, sip_password
from centrala.simulate.operator import simulate_operator
from centrala.simulate.tones import write_tone
from dispatch.wav_files import RATE
from tests.system.citizens import LANGUAGES, Citizen, call_all, missing_in, wrong_twice
from tests.system.expected_prompts import heard_in, sample_town
from tests.system.heard_audio import HeardCall, likeness
from tests.system.installation import Installation

pytestmark = [pytest.mark.system, pytest.mark.timeout(280)]

OPERATORS = ("2001", "2002", "2003")
TONE = 440.0


def tone_heard(call: HeardCall, *, after: float) -> bool:
    """Say whether the operators' tone was heard for a quarter of a second or more."""
    what = np.sin(2 * np.pi * TONE * np.arange(RATE // 4) / RATE)
    return bool(likeness(call.samples[int(after * RATE) :], what).max() > 0.85)


@pytest.fixture(scope="module")
def town():
    return sample_town()


@asynccontextmanager
async def operators_at_work(installation: Installation, folder: Path) -> AsyncIterator[None]:
    """Three operators, registered and ready; each talks a tone for some seconds and hangs up."""
    settings = installation.settings
    seed = load_secrets(settings.home).sip_password_seed
    registered = asyncio.Semaphore(0)
    try:
        async with asyncio.TaskGroup() as group:
            phones = [
                group.create_task(
                    simulate_operator(
                        extension=extension,
                        secret=sip_password(seed, extension),
                        registrar=f"sip:{settings.sip.bind}",
                        out_wav=folder / f"{extension}.wav",
                        say_file=write_tone(folder, hertz=TONE, seconds=1.0),
                        talk=2.5,
                        ring=0.5,
                        calls=0,
                        say=lambda line: None,
                        on_registered=registered.release,
                    )
                )
                for extension in OPERATORS
            ]
            for extension in OPERATORS:
                await registered.acquire()
                assert await asyncio.to_thread(
                    installation.api, "PUT", "/api/v1/operators/me/state", extension, {"state": "ready"}
                )
            yield
            for phone in phones:
                phone.cancel()
    finally:
        for extension in OPERATORS:
            await asyncio.to_thread(
                installation.api, "PUT", "/api/v1/operators/me/state", extension, {"state": "offline"}
            )


async def test_a_person_answers_by_key_after_wrong_keys_and_without_any(shared_installation, town, tmp_path):
    """Key 0, three wrong keys, and no key at all."""
    branches: tuple[list[str], ...] = ([], ["9", "8", "7"], ["0"])  # the longest first
    citizens = [Citizen(language, list(keys), 8.0) for keys in branches for language in LANGUAGES]

    async def judge(citizen: Citizen) -> list[str]:
        keys = citizen.pressed if citizen.keys else [*citizen.pressed, "", "", ""]
        expected, end = heard_in(town.menu, "inbound", keys)
        assert end is not None
        assert end.destination == "queue"
        who = f"{citizen.language} {citizen.keys}"
        if not citizen.audio.exists():
            return [f"{who}: nothing was heard: {citizen.output}"]
        call = HeardCall(citizen.audio)
        missing, at = await missing_in(shared_installation, call, expected)
        person = [] if tone_heard(call, after=at) else [f"no person was heard: {citizen.output}"]
        return [f"{who}: {one}" for one in (*missing, *person)]

    async with operators_at_work(shared_installation, tmp_path):
        await call_all(shared_installation, tmp_path, citizens)
        assert await wrong_twice(shared_installation, tmp_path, citizens, judge) == []
