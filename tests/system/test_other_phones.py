"""Telephones that are not ours, baresip and linphone, as operators: heard both ways, steered, on the recording."""

import asyncio
from functools import partial
from pathlib import Path

import pytest

from calls.conversation import Target
from centrala.simulate.tones import write_tone
from recordings.riff import read_header
from tests.system.asterisk_bed import wait_for
from tests.system.other_phones import baresip, linphone
from tests.system.steering import CITIZEN_HZ, seconds_of_tone, steered, steering_bed

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]

BARESIP_HZ, LINPHONE_HZ = 900.0, 1700.0
LONG_ENOUGH = 1.0
"""Seconds for which each must have heard the other."""


@pytest.fixture(scope="module")
def bed(tiny_agi_of_module):
    with steering_bed() as one:
        tiny_agi_of_module(one.inputs.ports.agi_first, "done:queue")
        yield one


def registered(bed, extension):
    bed.console(f"pjsip qualify {extension}")
    return any(extension in line and "Avail" in line for line in bed.console("pjsip show contacts").splitlines())


async def hears(path: Path, hertz: float, who: str) -> None:
    """Wait until the growing file holds the tone for long enough."""

    def long_enough() -> bool:
        return path.exists() and path.stat().st_size > 44 and seconds_of_tone(path, hertz) >= LONG_ENOUGH

    await asyncio.to_thread(wait_for, long_enough, reason=f"{who} is heard in {path.name}")


async def test_baresip_takes_a_call_and_sends_it_on_to_linphone(bed):
    password = "secret-{}".format
    first, second = bed.home / "baresip", bed.home / "linphone"
    tones = {hertz: write_tone(bed.home, hertz=hertz, seconds=60.0) for hertz in (BARESIP_HZ, LINPHONE_HZ)}
    with (
        baresip(first, "2001", password("2001"), bed.sip_target, tones[BARESIP_HZ]),
        linphone(second, "2002", password("2002"), bed.sip_target, tones[LINPHONE_HZ]),
    ):
        for extension in ("2001", "2002"):
            wait_for(partial(registered, bed, extension), reason=f"{extension} is registered")
        bed.console("queue add member PJSIP/2001 to operators")
        async with steered(bed) as steer:
            caller = await steer.citizen_call()
            call = await steer.linkedid()
            await steer.until_together(call, "2001")
            await hears(bed.home / "citizen.wav", BARESIP_HZ, "baresip")
            await steer.conversations.transfer(call, "2001", Target.parse("operator-2002"))
            await steer.until_together(call, "2002")
            await hears(bed.home / "citizen.wav", LINPHONE_HZ, "linphone")
            await caller.hang_up()
            wait_for(lambda: call in bed.ended_calls(), reason="the call is over")
    (dump,) = first.glob("dump-*-dec.wav")
    assert seconds_of_tone(dump, CITIZEN_HZ) >= LONG_ENOUGH, "baresip heard the citizen"
    assert seconds_of_tone(second / "heard.wav", CITIZEN_HZ) >= LONG_ENOUGH, "linphone heard the citizen"
    caller_side, system_side = (
        bed.inputs.directories.incoming_recordings / f"{call}-{side}.wav" for side in ("caller", "system")
    )
    wait_for(lambda: not read_header(system_side).needs_repair, reason="the recording is closed")
    assert seconds_of_tone(caller_side, CITIZEN_HZ) >= 2 * LONG_ENOUGH
    for hertz in (BARESIP_HZ, LINPHONE_HZ):
        assert seconds_of_tone(system_side, hertz) >= LONG_ENOUGH
        assert seconds_of_tone(caller_side, hertz) < 0.3
    assert steer.segments(call) == [("2001", "talk"), ("2002", "talk")]
