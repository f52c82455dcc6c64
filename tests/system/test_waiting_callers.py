"""What a caller who waits hears, and that no operator waits for it: a whole installation, softphones at both ends."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from pathlib import Path

import pytest

from ami.call_control import AmiCallControl
from ami.client import AmiAccount, AmiClient
from calls.ports import CallControlError
from centrala.layout import Layout
from centrala.secrets_file import load_secrets
from centrala.simulate.softphone import Softphone
from centrala.speaker import make_speaker
from dispatch.wav_files import RATE
from ivr.spoken import waiting_sentence
from tests.free_ports import free_port_block
from tests.system.heard_audio import HeardCall, sound
from tests.system.installation import CHECKOUT, running_installation
from tests.system.phones import register, until

pytestmark = [pytest.mark.system, pytest.mark.timeout(240)]

STATE = "/api/v1/operators/me/state"


@pytest.fixture(scope="module")
def citizens():
    """The port where our calls to the citizens' telephones arrive."""
    return free_port_block()


@pytest.fixture(scope="module")
def installation(tmp_path_factory, citizens):
    """The sample town, where callers are told their place sooner and more often, and are called back on its trunk."""
    folder = tmp_path_factory.mktemp("town") / "municipality"
    shutil.copytree(CHECKOUT / "municipality", folder)
    town = (folder / "town.yaml").read_text()
    line = '    match: ["127.0.0.1"]\n'
    assert line in town
    town = town.replace(line, f'{line}    server: "sip:127.0.0.1:{citizens}"\n')
    (folder / "town.yaml").write_text(town + 'callback: {trunk: test, numbers: ["+3816"], shown: "311"}\n')
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
        await asyncio.wait_for(self.client.connected.wait(), 40)
        return self

    async def __aexit__(self, *_):
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    async def channels(self, part: str) -> list[str]:
        return [one.name for one in (await self.control.snapshot()).channels if part in one.name]

    async def wait_until(self, true_of, timeout: float = 60.0) -> None:
        now = None
        try:
            async with asyncio.timeout(timeout):
                while not true_of(now := await self.control.snapshot()):
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"it never became true: {now}") from None

    async def wait_for(self, part: str, present: bool, timeout: float = 20.0) -> None:
        async with asyncio.timeout(timeout):
            while bool(await self.channels(part)) is not present:
                await asyncio.sleep(0.05)

    async def wait_again_for(self, part: str, timeout: float = 60.0) -> None:
        """Wait for a channel of an exchange that has just been killed: until it is back, no answer is an answer."""
        async with asyncio.timeout(timeout):
            while True:
                with contextlib.suppress(CallControlError):
                    if await self.channels(part):
                        return
                await asyncio.sleep(0.1)


def operator_account(installation, extension: str) -> str:
    rows = installation.rows("SELECT username FROM users WHERE extension = ?", extension)
    return str(rows[0]["username"])


async def state(installation, extension: str, wanted: str) -> None:
    user = operator_account(installation, extension)
    status, answer = await asyncio.to_thread(installation.api, "PUT", STATE, user, {"state": wanted})
    assert status == 200, answer


async def test_the_place_is_said_and_a_free_operator_rings_without_waiting_for_its_end(installation, tmp_path: Path):
    layout = Layout.of(installation.settings)
    said = sound(await make_speaker(layout).speak(waiting_sentence(1, None, "sr", longest=30, offer=True), "sr"))
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
        ringing = await asyncio.wait_for(operator.incoming.get(), 40)
        assert await pbx.channels("queue-whisper"), "the phone rings while the sentence is still being said"
        assert not await ringing.wait_ended(1.5), "it rings on while the caller hears the first words"
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


async def wait_in_queue(pbx, installation, phone, *, waiting):
    """Call in Serbian, ask for an operator; return the call when so many wait."""
    call = await phone.call(f"sip:311@{installation.sip}")
    await call.wait_sound()
    await call.keys("1")
    await call.wait_silence()
    await call.keys("0")
    await pbx.wait_until(lambda now: len(now.waiting) == waiting)
    return call


async def ask_to_be_called_back(call):
    """Press the key, confirm the presented number, and be told that it is written down."""
    await call.keys("1")
    await call.wait_silence()
    await call.keys("1")
    assert await call.wait_ended(20), "it is promised, and the town hangs up"


def callbacks_shown(installation):
    """Return how many the API shows for the general queue; None while the console is down."""
    try:
        return installation.api("GET", "/api/v1/queues")[1]["items"][0]["callbacks"]
    except OSError:
        return None


def wishes(installation):
    return {row["id"]: row["state"] for row in installation.rows("SELECT id, state FROM callbacks")}


async def test_called_back_in_turn_once_and_not_beside_each_other(installation, citizens):
    calls_to_citizens = []

    async def count(phone):
        while True:
            calls_to_citizens.append(await phone.incoming.get())

    async with (
        Pbx(installation) as pbx,
        Softphone.started(user="0641234567", port=citizens) as first,
        Softphone.started(user="0641234568") as second,
        Softphone.started(user="0641234569") as third,
        Softphone.started(user="2001") as operator,
        asyncio.TaskGroup() as tasks,
    ):
        counting = tasks.create_task(count(first))
        await register(operator, installation, "2001")
        await state(installation, "2001", "paused:obrok")
        for number, phone in ((1, first), (2, second)):
            call = await wait_in_queue(pbx, installation, phone, waiting=number)
            await ask_to_be_called_back(call)
            await pbx.wait_for(f"cb{number}@callback-hold", True, 30)
        on_the_line = await wait_in_queue(pbx, installation, third, waiting=3)

        # The console dies and comes back; the places stand.
        installation.wait_restarted("console", installation.kill("console"))
        await until(lambda: callbacks_shown(installation) == 2, timeout=60, reason="the console is back and shows both")
        holds = await pbx.channels("@callback-hold")
        assert len(holds) == 4, holds
        waiting = [one for one in (await pbx.control.snapshot()).waiting if one.queue == "operators"]
        assert waiting[-1].waited < waiting[0].waited, "who came last stands last, behind those who hung up"

        # The second citizen calls again: nobody need call back.
        again = await second.call(f"sip:311@{installation.sip}")
        await pbx.wait_for("cb2@callback-hold", False, 30)
        await again.hang_up()
        await until(lambda: wishes(installation) == {1: "waiting", 2: "cancelled"})

        # An operator is free: the first citizen's turn, once.
        await state(installation, "2001", "ready")
        ringing = await asyncio.wait_for(operator.incoming.get(), 40)
        assert calls_to_citizens == [], "nobody is dialled before an operator is there"
        await ringing.answer()
        await until(lambda: calls_to_citizens, reason="the citizen's phone rings")
        await calls_to_citizens[0].answer()
        await until(lambda: wishes(installation)[1] == "done", timeout=30)
        await ringing.hang_up()
        await calls_to_citizens[0].wait_ended()

        # Then the one who waited on the line; nobody else is dialled.
        ringing = await asyncio.wait_for(operator.incoming.get(), 40)
        await ringing.answer()
        await on_the_line.hang_up()
        await ringing.wait_ended()
        await pbx.wait_for("PJSIP/", False)
        assert len(calls_to_citizens) == 1, "one request, one dial"
        counting.cancel()
    record = installation.rows("SELECT outcome, operator FROM calls WHERE direction = 'outbound' AND operator = '2001'")
    assert record == [{"outcome": "outbound_answered", "operator": "2001"}]
    asked = installation.rows("SELECT outcome FROM calls WHERE outcome = 'callback_asked'")
    assert len(asked) == 2
    assert installation.rows("SELECT 1 FROM missed_calls WHERE reason LIKE 'callback%'") == []


async def test_a_request_outlives_the_exchange_and_is_called_back_once(installation, citizens):
    async with (
        Pbx(installation) as pbx,
        Softphone.started(user="0641234567", port=citizens) as citizen,
        Softphone.started(user="2001") as operator,
    ):
        await register(operator, installation, "2001")
        await state(installation, "2001", "paused:obrok")
        call = await wait_in_queue(pbx, installation, citizen, waiting=1)
        await ask_to_be_called_back(call)
        wish = max(wishes(installation))
        place = f"cb{wish}@callback-hold"
        await pbx.wait_for(place, True, 30)
        old = installation.kill("asterisk")
        await asyncio.to_thread(installation.wait_restarted, "asterisk", old)
        await pbx.wait_again_for(place)
        assert wishes(installation)[wish] == "waiting"
        assert len({name.rpartition(";")[0] for name in await pbx.channels("@callback-hold")}) == 1, "one place"
        await state(installation, "2001", "ready")
        ringing = await asyncio.wait_for(operator.incoming.get(), 60)
        assert citizen.incoming.empty(), "nobody is dialled before an operator is there"
        await ringing.answer()
        called = await asyncio.wait_for(citizen.incoming.get(), 40)
        await called.answer()
        await until(lambda: wishes(installation)[wish] == "done")
        await called.hang_up()
        assert await ringing.wait_ended()
        await pbx.wait_for("PJSIP/", False)
        assert citizen.incoming.empty(), "one request, one dial"
