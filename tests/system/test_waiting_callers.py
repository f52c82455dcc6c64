"""What a caller who waits hears, and that no operator waits for it: a whole installation, softphones at both ends."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from ami.call_control import AmiCallControl
from ami.client import AmiAccount, AmiClient
from centrala.layout import Layout
from centrala.secrets_file import load_secrets
from centrala.simulate.softphone import Softphone
from centrala.speaker import make_speaker
from dispatch.wav_files import RATE
from ivr.spoken import waiting_sentence
from tests.system.heard_audio import HeardCall, sound
from tests.system.installation import CHECKOUT, running_installation
from tests.system.test_story import register, until

pytestmark = [pytest.mark.system, pytest.mark.timeout(240)]

STATE = "/api/v1/operators/me/state"


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    """The sample town, where callers are told their place sooner and more often."""
    folder = tmp_path_factory.mktemp("town") / "municipality"
    shutil.copytree(CHECKOUT / "municipality", folder)
    queues = (folder / "queues.yaml").read_text()
    assert "{first_s: 20, every_s: 60}" in queues
    (folder / "queues.yaml").write_text(queues.replace("{first_s: 20, every_s: 60}", "{first_s: 5, every_s: 15}"))
    with running_installation(municipality=folder) as running:
        yield running


class Pbx:
    """The PBX as the manager interface shows it to a test."""

    def __init__(self, installation):
        settings = installation.settings
        secret = load_secrets(settings.home).ami_writer
        host, port = settings.ami.address
        self.control = AmiCallControl()
        self.client = AmiClient(AmiAccount(host, port, "centrala-writer", secret), on_event=self.control.on_event)
        self.control.attach(self.client)

    async def __aenter__(self):
        self.task = asyncio.create_task(self.client.run())
        await asyncio.wait_for(self.client.connected.wait(), 10)
        return self

    async def __aexit__(self, *_):
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    async def channels(self, part: str) -> list[str]:
        return [one.name for one in (await self.control.snapshot()).channels if part in one.name]

    async def wait_for(self, part: str, present: bool, timeout: float = 20.0) -> None:
        async with asyncio.timeout(timeout):
            while bool(await self.channels(part)) is not present:
                await asyncio.sleep(0.05)


def operator_account(installation, extension: str) -> str:
    rows = installation.rows("SELECT username FROM users WHERE extension = ?", extension)
    return str(rows[0]["username"])


async def state(installation, extension: str, wanted: str) -> None:
    user = operator_account(installation, extension)
    status, answer = await asyncio.to_thread(installation.api, "PUT", STATE, user, {"state": wanted})
    assert status == 200, answer


async def test_the_place_is_said_and_a_free_operator_rings_without_waiting_for_its_end(installation, tmp_path: Path):
    layout = Layout.of(installation.settings)
    said = sound(await make_speaker(layout).speak(waiting_sentence(1, None, "sr", longest=30, offer=False), "sr"))
    async with (
        Pbx(installation) as pbx,
        Softphone.started(user="0641234567") as citizen,
        Softphone.started(user="2001") as operator,
    ):
        await register(operator, installation, "2001")
        await state(installation, "2001", "paused:obrok")
        heard = tmp_path / "citizen.wav"
        call = await citizen.call(f"sip:311@{installation.sip}", heard=heard)
        await call.wait_sound()
        await call.keys("1")
        await call.wait_silence()
        await call.keys("0")
        await pbx.wait_for("queue-whisper", True, 40)
        await pbx.wait_for("queue-whisper", False)
        await pbx.wait_for("queue-whisper", True, 30)
        await state(installation, "2001", "ready")
        ringing = await asyncio.wait_for(operator.incoming.get(), 5)
        assert await pbx.channels("queue-whisper"), "the phone rings while the sentence is still being said"
        await ringing.answer()
        await pbx.wait_for("queue-whisper", False, 1.5)
        await call.hang_up()
        await ringing.wait_ended()
        await state(installation, "2001", "offline")
    caller = HeardCall(heard)
    first = caller.find(said)
    assert first is not None
    assert first.whole, "the first time it is heard to its end, over the music"
    second = caller.find(said[: int(0.9 * RATE)], after=first.end + 5)
    assert second is not None, "the second time it is begun"
    rows = installation.rows("SELECT linkedid FROM calls")
    assert len(rows) == 1, "a sentence is no call"
    await until(lambda: installation.rows("SELECT 1 FROM calls WHERE operator = '2001'"), reason="the record")
