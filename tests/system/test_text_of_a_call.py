"""A real call, recorded, sealed and then heard by the recogniser of an installation that has one."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from centrala.simulate.softphone import Softphone
from tests.centrala.test_recogniser import MODEL, write
from tests.system.asterisk_bed import wait_for
from tests.system.installation import Installation, running_installation
from tests.system.phones import register

pytestmark = [pytest.mark.system, pytest.mark.timeout(240)]


@pytest.fixture
def installation():
    with running_installation({"CENTRALA_SPEECH__VOSK_MODEL": str(MODEL)}) as running:
        yield running


async def test_a_call_gets_its_text_after_it_was_sealed(installation, tmp_path):
    linkedid = await talk(installation, tmp_path)
    made = "select r.* from recordings r join recording_texts t on t.recording_id = r.id where t.made_at is not null"
    (row,) = await asyncio.to_thread(
        lambda: wait_for(lambda: installation.rows(made), timeout=90, reason="the call has its text")
    )
    assert (row["linkedid"], row["state"]) == (linkedid, "complete")
    folder = installation.settings.recordings_directory
    text = (folder / row["path"]).with_suffix(".text")
    assert text.is_file()
    assert b"voda" not in text.read_bytes(), "sealed"
    answer = await asyncio.to_thread(read, installation, row)
    said = {lane: [one for one in answer["phrases"] if one["lane"] == lane] for lane in ("caller", "system")}
    (water,) = [one for one in said["caller"] if "voda" in one["text"]]
    (status,) = [one for one in said["system"] if "status" in one["text"] and one["begins"] > water["ends"]]
    assert "voda" not in status["text"]
    assert 0 < water["begins"] < water["ends"] < status["begins"] < status["ends"] <= row["seconds"] + 0.5
    doctor = json.loads((await asyncio.to_thread(installation.cli, "doctor", "--json")).stdout)
    (finding,) = [one for one in doctor if one["subject"] == "text of recordings"]
    assert (finding["level"], finding["text"]) == ("ok", "calls in sr get one, by model")


async def talk(installation: Installation, folder: Path) -> str:
    """The caller says water, then the operator status; return the call's id."""
    water, status = write(folder / "water.wav", 0.5, "voda", 0.5), write(folder / "status.wav", 0.5, "status", 0.5)
    async with AsyncExitStack() as stack:
        citizen = await stack.enter_async_context(Softphone.started(user="citizen"))
        operator = await stack.enter_async_context(Softphone.started(user="2001"))
        await register(operator, installation, "2001")
        state = await asyncio.to_thread(
            installation.api, "PUT", "/api/v1/operators/me/state", "2001", {"state": "ready"}
        )
        assert state[0] == 200, state
        calling = await citizen.call(f"sip:311@{installation.sip}")
        for key in ("1", "0"):
            assert await calling.wait_sound()
            await calling.wait_silence(0.7, 1.0)
            await calling.keys(key)
            await calling.wait_silence(0.05, 1.0)
        rung = await asyncio.wait_for(operator.incoming.get(), 40)
        await rung.answer()
        await calling.play(water)
        await rung.play(status)
        await rung.hang_up()
        assert await calling.wait_ended(40)
    answered = "select linkedid from calls where operator = '2001' and ended_at is not null"
    (call,) = await asyncio.to_thread(
        lambda: wait_for(lambda: installation.rows(answered), timeout=30, reason="the call has its record")
    )
    return str(call["linkedid"])


def read(installation: Installation, row: dict[str, Any]) -> dict[str, Any]:
    path = f"/api/v1/calls/{row['linkedid']}/recordings/{row['id']}/text"
    assert installation.api("GET", path, "supervisor")[0] == 400, "why must be said"
    status, answer = installation.api("GET", f"{path}?purpose=provera", "supervisor")
    assert status == 200, answer
    found: dict[str, Any] = answer
    audited = installation.rows("select actor, purpose from audit where action = 'recording_text_read'")
    assert [(one["actor"], one["purpose"]) for one in audited] == [("supervisor", "provera")]
    return found
