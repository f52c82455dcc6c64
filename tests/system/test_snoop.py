"""A supervisor at a conversation on a real Asterisk: who hears whom, measured in what each telephone heard."""

import asyncio

import pytest

from calls.conversation import SnoopMode
from centrala.simulate.tones import write_tone
from tests.system.asterisk_bed import wait_for
from tests.system.steering import CITIZEN_HZ, HERTZ, seconds_of_tone, sound, steered, steering_bed

pytestmark = [pytest.mark.system, pytest.mark.timeout(240)]
SUPERVISOR_HZ = 2600.0


@pytest.fixture(scope="module")
def bed(tiny_agi_of_module):
    with steering_bed() as one:
        tiny_agi_of_module(one.inputs.ports.agi_first, "done:queue")
        yield one


@pytest.mark.parametrize(
    ("mode", "operator_hears", "caller_hears"),
    [(SnoopMode.LISTEN, False, False), (SnoopMode.WHISPER, True, False), (SnoopMode.BARGE, True, True)],
)
async def test_who_hears_whom(bed, mode, operator_hears, caller_hears):
    bed.console("queue remove member PJSIP/2001 from operators")
    async with steered(bed) as steer:
        supervisor = await steer.phone("2005")
        caller, operator, call = await steer.talking()
        channel = await steer.conversations.channel_of(call, "2001")
        asked = asyncio.create_task(
            steer.conversations.snoop(
                channel, phone="PJSIP/2005", mode=mode, caller_id="Centrala <2001>", announced=mode is SnoopMode.BARGE
            )
        )
        async with asyncio.timeout(15):
            ringing = await supervisor.incoming.get()
        ear = bed.home / f"supervisor-{mode}.wav"
        await ringing.answer(heard=ear)
        async with asyncio.timeout(40):
            await asked
        await sound(ringing, bed.home, SUPERVISOR_HZ)
        await ringing.play(write_tone(bed.home, hertz=SUPERVISOR_HZ, seconds=2.0))
        assert not caller.ended
        await caller.hang_up()
        assert await operator.wait_ended()
        assert await ringing.wait_ended(), "ends with the conversation"
        wait_for(lambda: call in bed.ended_calls(), reason="the call is over")
    assert seconds_of_tone(ear, CITIZEN_HZ) >= 1.0, "the supervisor hears the caller"
    assert seconds_of_tone(ear, HERTZ["2001"]) >= 1.0, "and the operator"
    assert (seconds_of_tone(bed.home / "2001.wav", SUPERVISOR_HZ) >= 1.0) is operator_hears
    assert (seconds_of_tone(bed.home / "citizen.wav", SUPERVISOR_HZ) >= 1.0) is caller_hears
    if not caller_hears:
        assert seconds_of_tone(bed.home / "citizen.wav", SUPERVISOR_HZ) == 0.0
    if not operator_hears:
        assert seconds_of_tone(bed.home / "2001.wav", SUPERVISOR_HZ) == 0.0
