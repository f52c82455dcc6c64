"""Two telephones joined by a third's own keys (REFER with Replaces): who came later is on the recording, too."""

import asyncio

import pytest

from ami.client import AmiAccount, AmiClient
from ami.conversation_news import PhoneTransfer
from ami.recorder import AmiRecorder
from asterisk_conf.models import Secrets
from centrala.simulate.tones import write_tone
from recordings.riff import read_header
from tests.system.asterisk_bed import wait_for
from tests.system.steering import HERTZ, seconds_of_tone, sound, steered, steering_bed

pytestmark = [pytest.mark.system, pytest.mark.timeout(150)]
AFTER_HZ, LATER_HZ = 1800.0, 600.0


@pytest.fixture
def bed(tiny_agi):
    secrets = Secrets("bed-token-1", "reader-secret", "writer-secret", "phones-secret")
    with steering_bed(secrets=secrets) as running:
        tiny_agi(running.inputs.ports.agi_first, "done:queue")
        yield running


@pytest.fixture
async def keeper(bed):
    client = AmiClient(AmiAccount("127.0.0.1", bed.inputs.ports.ami, "centrala-phones", "phones-secret"))
    task = asyncio.create_task(client.run())
    async with asyncio.timeout(20):
        await client.connected.wait()
    yield client
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def joined(bed, keeper) -> dict[str, float]:
    """Join a citizen and 2002 by the keys of 2001; return for how many seconds whom was heard and recorded."""
    async with steered(bed) as steer:
        caller, operator, call = await steer.talking()
        first, second = steer.phones["2001"], await steer.phone("2002")
        await operator.play(write_tone(bed.home, hertz=HERTZ["2001"], seconds=1.0))
        await operator.do("hold")
        asking = asyncio.create_task(first.call(f"sip:2002@{bed.sip_target}", account="2001"))
        asked = await steer.answer(second, HERTZ["2002"])
        mine = await asking
        await operator.do("join", other=mine.number)
        await steer.until_together(call, "2002")

        async def told() -> bool:
            return any(isinstance(one, PhoneTransfer) and one.attended for one in steer.news)

        await steer.until(told, "the exchange tells of the transfer")
        assert await AmiRecorder(steer.control, keeper).renew(call)
        await sound(caller, bed.home, LATER_HZ)
        await asked.play(write_tone(bed.home, hertz=AFTER_HZ, seconds=2.0))
        await caller.hang_up()
        assert await asked.wait_ended()
        wait_for(lambda: call in bed.ended_calls(), reason="the call is over")
        system, citizen = (
            bed.inputs.directories.incoming_recordings / f"{call}-{side}.wav" for side in ("system", "caller")
        )
        wait_for(
            lambda: not read_header(system).needs_repair and not read_header(citizen).needs_repair,
            reason="both lanes are closed",
        )
        return {
            "heard": seconds_of_tone(bed.home / "citizen.wav", AFTER_HZ),
            "recorded": seconds_of_tone(system, AFTER_HZ),
            "first operator": seconds_of_tone(system, HERTZ["2001"]),
            "caller": seconds_of_tone(citizen, LATER_HZ),
        }


async def test_who_a_telephone_joined_is_on_the_recording(bed, keeper):
    for _ in range(3):
        found = await joined(bed, keeper)
        print(found)
        assert min(found.values()) > 0.4, found
        bed.console("queue remove member PJSIP/2001 from operators")
