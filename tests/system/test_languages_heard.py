"""Each branch of the menu in each language, as a citizen hears it: right prompt, whole, and not silent.

The callers are those of `centrala simulate citizen`; what they must hear comes from the town's flows, and is looked
for in their recordings by its own sound.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from calls.ids import CaseNumber
from calls.ports import CaseStatusAnswer
from centrala.layout import Layout
from centrala.secrets_file import load_secrets
from dispatch.wav_files import RATE, write_wav
from ivr.answers import CaseCreated
from ivr.spoken import case_status_sentence
from storage.case_mint import pin_hash
from tests.system.asterisk_bed import wait_for
from tests.system.citizens import LANGUAGES, Citizen, call_all, missing_in, wrong_twice
from tests.system.expected_prompts import Expected, heard_in, sample_town
from tests.system.heard_audio import HeardCall, signal, sound
from tests.system.installation import CHECKOUT, Installation

pytestmark = [pytest.mark.system, pytest.mark.timeout(280)]

SOME = {"hours": ("sr", "hu", "ro"), "notice": ("en", "sk")}
"""Further leaves of the information tree: not each in each language, for the sake of time."""


@pytest.fixture(scope="module")
def town():
    return sample_town()


@dataclass
class Heard:
    """All calls of the machine's alone, made side by side, and the case whose status was asked for."""

    citizens: dict[str, list[Citizen]]
    made: dict[str, Any]


@pytest.fixture(scope="module")
def heard(shared_installation, tmp_path_factory) -> Heard:
    """Let citizens of five languages ask for hours, a dated notice, waste days and a status, and leave a message."""
    folder = tmp_path_factory.mktemp("heard")
    case = {"kind": "request", "channel": "phone", "service_code": "burst_main", "street": "Glavna", "description": "x"}
    status, made = shared_installation.api("POST", "/api/v1/cases", "2001", case, {"Idempotency-Key": "languages-1"})
    assert status == 201, made
    speech = folder / "speech.wav"
    time = np.arange(RATE * 4) / RATE
    write_wav(speech, (9000 * np.sin(2 * np.pi * 300 * time) * np.sin(2 * np.pi * 3 * time)).astype(np.int16))
    branches = {
        "message": (["2"], 3.0),
        "status": (["3", f"{made['number']}#", made["pin"]], 2.0),
        "hours": (["1", "1", "1"], 2.0),
        "notice": (["1", "2", "1"], 2.0),
        "waste": (["1", "2", "3", "1"], 2.0),
    }
    citizens = {
        name: [
            Citizen(language, keys, stay, speech if name == "message" else None)
            for language in LANGUAGES
            if language in SOME.get(name, LANGUAGES)
        ]
        for name, (keys, stay) in branches.items()
    }
    asyncio.run(call_all(shared_installation, folder, [one for group in citizens.values() for one in group]))
    return Heard(citizens, made)


@pytest.mark.parametrize("branch", ["hours", "notice", "waste", "status"])
async def test_information_and_status_in_every_language(shared_installation, town, heard, branch, tmp_path):
    """Key 1, three levels deep, also with opening hours and a dated notice; key 3 with number and PIN."""
    made = heard.made
    found = CaseStatusAnswer(
        CaseNumber.parse(made["number"]),
        made["status"],
        made["service_code"],
        datetime.fromisoformat(made["created_at"]),
        datetime.fromisoformat(made["due_at"]),
        None,
    )

    async def judge(citizen: Citizen) -> list[str]:
        names = {service.code: service.name_in(citizen.language) for service in town.town.services}
        zone = ZoneInfo(town.town.time_zone)
        sentence = case_status_sentence(found, names, citizen.language, datetime.now(UTC), zone)
        expected, end = heard_in(town.menu, "inbound", [key.rstrip("#") for key in citizen.pressed], status=sentence)
        assert end is None, "the caller hangs up after what he wanted to know"
        assert branch != "status" or sentence in {getattr(one.prompt, "text", "") for one in expected}
        return await judged(shared_installation, citizen, expected)

    assert await wrong_twice(shared_installation, tmp_path, heard.citizens[branch], judge) == []


async def judged(installation: Installation, citizen: Citizen, expected: Sequence[Expected]) -> list[str]:
    """Return what is wrong with a call of the machine's alone: it must be answered, audible, uncut, right and whole."""
    who = f"{citizen.language} {citizen.keys}"
    wrong = [] if citizen.heard_something else [f"{who}: nothing was heard: {citizen.output}"]
    if "CUT" in citizen.output:
        wrong.append(f"{who}: cut")
    if not citizen.audio.exists():
        return wrong
    missing, _ = await missing_in(installation, HeardCall(citizen.audio), expected)
    return wrong + [f"{who}: {one}" for one in missing]


async def test_a_message_becomes_a_case_whose_number_and_pin_are_spoken(shared_installation, town, heard, tmp_path):
    """Key 2 while nobody is there: what was read out is found in the database, the PIN by its hash."""
    settings = shared_installation.settings
    pin_key = bytes.fromhex(load_secrets(settings.home).pin_key)
    library = Layout.of(settings).prompts

    async def judge(citizen: Citizen) -> list[str]:
        number, pin = read_out(HeardCall(citizen.audio), library / citizen.language)
        rows = shared_installation.rows("select * from cases where number = ?", number)
        if not rows:
            return [f"{citizen.language}: {number!r} was spoken and is no case: {citizen.output}"]
        before, end = heard_in(town.menu, "inbound", citizen.pressed)
        assert end is not None
        assert end.destination == "queue"
        after, _ = heard_in(town.menu, "message", [], language=citizen.language, case=CaseCreated(number, pin))
        assert rows[0]["language"] == citizen.language
        wanted = "select * from recordings where linkedid = ? and kind = 'message' and seconds > 0"
        linkedid = rows[0]["linkedid"]
        recorded = wait_for(lambda: shared_installation.rows(wanted, linkedid), reason="the message's audio is linked")
        wrong = await judged(shared_installation, citizen, [*before, *after])
        if recorded[0]["seconds"] < 4.0:
            wrong.append(f"{citizen.language}: only {recorded[0]['seconds']} s of the message are kept")
        if rows[0]["pin_hash"] != pin_hash(pin_key, CaseNumber.parse(number), pin):
            wrong.append(f"{citizen.language}: the PIN that was spoken for {number}, {pin!r}, does not fit")
        return wrong

    assert await wrong_twice(shared_installation, tmp_path, heard.citizens["message"], judge) == []


def read_out(call: HeardCall, library: Path) -> tuple[str, str]:
    """Return the case number and PIN that the caller heard; empty where none was announced."""
    announced = call.find(sound(library / "message.number"))
    said_pin = (
        None if announced is None else call.find(sound(library / "message.pin"), after=announced.end, within=25.0)
    )
    if announced is None or said_pin is None:
        return "", ""
    number, _ = call.digits(library, after=announced.end, before=said_pin.begin + 0.05)
    pin, _ = call.digits(library, after=said_pin.end, most=4)
    return number, pin


def test_one_language_is_not_taken_for_another():
    """The measure itself: a prompt is found in its own recording, and its translations are not."""
    library = CHECKOUT / "var" / "prompts"
    own = sound(library / "hu" / "menu.main")
    noise = np.random.default_rng(7).normal(0, 0.01, len(own) + 4000)
    noise[2000 : 2000 + len(own)] += own
    call = HeardCall.__new__(HeardCall)
    call.samples = noise
    found = call.find(own)
    assert found is not None
    assert found.whole
    assert abs(found.begin - 0.25) < 0.01
    for language in ("sr", "en", "sk", "ro"):
        assert call.find(sound(library / language / "menu.main")) is None
    call.samples = noise[: len(noise) - 8000]
    cut = call.find(own)
    assert cut is not None
    assert not cut.whole
    assert signal(np.array([16384], dtype=np.int16))[0] == 0.5
