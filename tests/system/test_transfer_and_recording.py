"""Transfers keep the call's id and its recording; a killed Asterisk leaves a recording that can be mended."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from centrala.simulate.softphone import PhoneCall, Softphone
from centrala.simulate.tones import write_tone
from recordings.repair import repair_folder
from recordings.riff import read_header
from recordings.wav import finished_seconds, levels_of
from tests.system.asterisk_bed import AsteriskBed, wait_for
from tests.system.kept_sound import pitch_seconds, recorded_sides

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]
CITIZEN, FIRST, SECOND = 440.0, 1000.0, 1500.0


async def registered(stack: AsyncExitStack, bed: AsteriskBed, extension: str, *, in_queue: bool = True) -> Softphone:
    phone = await stack.enter_async_context(Softphone.started(user=extension))
    await phone.register(extension, f"secret-{extension}", f"sip:{bed.sip_target}")
    if in_queue:
        bed.console(f"queue add member PJSIP/{extension} to operators")
        bed.console(f"pjsip qualify {extension}")
        wait_for(lambda: "Not in use" in bed.console("queue show operators"), reason=f"{extension} is reachable")
    return phone


async def call_in_progress(stack: AsyncExitStack, bed: AsteriskBed, operator: Softphone) -> tuple[PhoneCall, PhoneCall]:
    """A citizen has called, and the operator has answered; both can be heard."""
    citizen = await stack.enter_async_context(Softphone.started(user="0641234567"))
    caller = await citizen.call(f"sip:311@{bed.sip_target}")
    ringing = await operator.incoming.get()
    await ringing.answer()
    await caller.do("play_start", file=str(write_tone(bed.home, hertz=CITIZEN)), loop=True)
    await ringing.play(write_tone(bed.home, hertz=FIRST, seconds=2.0))
    return caller, ringing


def the_call(bed: AsteriskBed) -> str:
    return wait_for(lambda: bed.cel("CHAN_START"), reason="CEL begins")[0]["linkedid"]


def await_sides(bed: AsteriskBed) -> tuple[Path, Path]:
    """Return both sides of the call's recording, when the call is over and their files are closed."""
    call = the_call(bed)
    wait_for(lambda: call in bed.ended_calls(), reason="the call is over")
    sides = recorded_sides(bed, call)
    # The recorder closes its files, from a thread of its own, a moment after the call's end.
    wait_for(lambda: all(map(is_closed, sides)), reason="the recording is closed")
    assert read_header(sides[0]).seconds == read_header(sides[1]).seconds, "the sides are in step"
    return sides


def is_closed(side: Path) -> bool:
    header = read_header(side)
    return header.data_bytes > 0 and not header.needs_repair


async def test_a_blind_transfer_keeps_id_and_recording(asterisk_bed, tiny_agi):
    bed = asterisk_bed
    tiny_agi(bed.inputs.ports.agi_first, "done:queue")
    async with AsyncExitStack() as stack:
        first = await registered(stack, bed, "2001")
        second = await registered(stack, bed, "2002", in_queue=False)
        caller, talking = await call_in_progress(stack, bed, first)
        await talking.do("transfer", uri=f"sip:2002@{bed.sip_target}")
        moved = await second.incoming.get()
        await moved.answer()
        await talking.hang_up()  # after a transfer it is the transferring phone that says goodbye
        await moved.play(write_tone(bed.home, hertz=SECOND, seconds=2.0))
        assert not caller.ended
        await caller.hang_up()
        assert await moved.wait_ended()
    call = the_call(bed)
    assert {row["linkedid"] for row in bed.cel() if row["channel"].startswith("PJSIP")} == {call}
    assert bed.cel("BLINDTRANSFER") != []
    caller_side, system_side = await_sides(bed)
    for hertz in (CITIZEN, FIRST, SECOND):
        right = caller_side if hertz == CITIZEN else system_side
        wrong = system_side if hertz == CITIZEN else caller_side
        assert pitch_seconds(right, hertz) > 0.7, f"{hertz} Hz is in the one recording, on its side"
        assert pitch_seconds(wrong, hertz) < 0.3, f"{hertz} Hz is on its own side only; a tone that breaks off clicks"


async def test_every_telephone_that_took_the_call_is_on_its_recording(asterisk_bed, tiny_agi):
    """Each telephone begins its stream at a random sequence number; see docs/adr/0018."""
    bed = asterisk_bed
    tiny_agi(bed.inputs.ports.agi_first, "done:queue")
    pitches = {"2002": 1500.0, "2003": 700.0, "2001": 2000.0}
    async with AsyncExitStack() as stack:
        phones = {"2001": await registered(stack, bed, "2001")}
        for extension in ("2002", "2003"):
            phones[extension] = await registered(stack, bed, extension, in_queue=False)
        caller, talking = await call_in_progress(stack, bed, phones["2001"])
        for extension, hertz in pitches.items():
            await talking.do("transfer", uri=f"sip:{extension}@{bed.sip_target}")
            moved = await phones[extension].incoming.get()
            await moved.answer()
            await talking.hang_up()
            await moved.play(write_tone(bed.home, hertz=hertz, seconds=1.5))
            talking = moved
        await caller.hang_up()
        assert await talking.wait_ended()
    caller_side, system_side = await_sides(bed)
    heard = {hertz: pitch_seconds(system_side, hertz) for hertz in (FIRST, *pitches.values())}
    assert min(heard.values()) > 0.7, heard
    assert pitch_seconds(caller_side, CITIZEN) > 3, "the caller goes on through it all"


async def test_a_transfer_by_a_telephone_that_nobody_takes_comes_back_to_its_sender(asterisk_bed, tiny_agi):
    bed = asterisk_bed
    tiny_agi(bed.inputs.ports.agi_first, "done:queue")
    async with AsyncExitStack() as stack:
        first = await registered(stack, bed, "2001")
        caller, talking = await call_in_progress(stack, bed, first)
        await talking.do("transfer", uri=f"sip:2003@{bed.sip_target}")
        await talking.hang_up()  # after a transfer it is the transferring phone that says goodbye
        again = await first.incoming.get()
        await again.answer()
        assert await caller.wait_sound()
        await caller.hang_up()
    assert len(bed.cel("APP_START")) == 1, "the sender was rung, not the queue"


async def test_a_killed_asterisk_leaves_a_recording_that_can_be_mended(asterisk_bed, tiny_agi):
    bed = asterisk_bed
    tiny_agi(bed.inputs.ports.agi_first, "done:queue")
    async with AsyncExitStack() as stack:
        first = await registered(stack, bed, "2001")
        _caller, talking = await call_in_progress(stack, bed, first)
        call = the_call(bed)
        sides = recorded_sides(bed, call)
        await talking.play(write_tone(bed.home, hertz=FIRST, seconds=6.0))
        bed.process.kill()
        bed.process.wait()
    for side in sides:
        assert read_header(side).data_bytes == 0, "players show an empty file"
    assert {one.path for one in repair_folder(sides[0].parent)} == set(sides)
    for side in sides:
        assert finished_seconds(side) > 3
        assert levels_of(side).audible
    assert [row["event"] for row in bed.cel() if row["event"] == "ANSWER"] != [], "CEL was not lost with the process"
