"""Hold, transfer, consultation and conference on a real Asterisk: what people hear, who rings, where a failure ends."""

import asyncio

import pytest

from calls.conversation import Target
from calls.ports import CallControlError
from centrala.simulate.softphone import Softphone
from centrala.simulate.tones import write_tone
from recordings.riff import read_header
from recordings.wav import levels_of
from tests.system.asterisk_bed import wait_for
from tests.system.steering import CITIZEN_HZ, HERTZ, UTILITY, seconds_of_tone, steered, steering_bed

pytestmark = [pytest.mark.system, pytest.mark.timeout(240)]

PLAYED_HZ = 1800.0


@pytest.fixture(scope="module")
def bed(tiny_agi_of_module):
    with steering_bed() as one:
        tiny_agi_of_module(one.inputs.ports.agi_first, "done:queue")
        yield one


@pytest.fixture
async def steer(bed):
    bed.console("queue remove member PJSIP/2001 from operators")
    bed.console("queue remove member PJSIP/2004 from operators")
    async with steered(bed) as one:
        yield one


def heard(steer, hertz, by):
    ear = steer.ears[HERTZ[by]]
    return ear.exists() and seconds_of_tone(ear, hertz) >= 0.4


async def test_hold_music_take_back_and_a_blind_transfer(steer):
    caller, operator, call = await steer.talking()
    await steer.conversations.hold(call, "2001")
    assert (await steer.parties(call, "2001")).held
    await steer.conversations.hold(call, "2001")  # twice is no error
    assert await operator.wait_silence(lasting=1.0), "the operator does not hear the held caller"
    assert await caller.wait_sound(), "music"
    await steer.conversations.unhold(call, "2001")
    assert await operator.wait_sound()
    second = await steer.phone("2002")
    await steer.conversations.transfer(call, "2001", Target.parse("operator-2002"))
    moved = await steer.answer(second, HERTZ["2002"])
    assert await operator.wait_ended(), "the first operator is free at once"
    await steer.until_together(call, "2002")
    # A pitch of its own: two tones of one pitch may put each other out.
    await moved.play(write_tone(steer.bed.home, hertz=PLAYED_HZ, seconds=1.0))
    await caller.hang_up()
    assert await moved.wait_ended()
    wait_for(lambda: call in steer.bed.ended_calls(), reason="the call is over")
    folder = steer.bed.inputs.directories.incoming_recordings
    sides = wait_for(lambda: sorted(folder.glob(f"{call}-*.wav")), reason="the call is recorded")
    # The recorder closes its files, from a thread of its own, a moment after the call's end.
    wait_for(lambda: not any(read_header(side).needs_repair for side in sides), reason="the recording is closed")
    for hertz in (CITIZEN_HZ, HERTZ["2001"], PLAYED_HZ):
        heard_for = max(seconds_of_tone(side, hertz) for side in sides)
        assert heard_for >= 0.4, f"{hertz} Hz is in the one recording"
    assert levels_of(steer.bed.home / "citizen.wav").longest_silence < 1.0, "never silence"
    assert heard(steer, CITIZEN_HZ, by="2002")
    assert steer.segments(call) == [("2001", "talk"), ("2001", "hold"), ("2001", "talk"), ("2002", "talk")]


async def test_consult_come_back_consult_again_three_talk_and_the_first_leaves(steer):
    caller, operator, call = await steer.talking()
    second = await steer.phone("2002")
    await steer.conversations.consult(call, "2001", Target.parse("operator-2002"))
    asked = await steer.answer(second, HERTZ["2002"])
    await steer.until(lambda: consulting(steer, call), "2001 talks with 2002")
    assert (await steer.parties(call, "2001")).held
    await operator.play(write_tone(steer.bed.home, hertz=PLAYED_HZ, seconds=1.0))
    await steer.conversations.unhold(call, "2001")
    assert await asked.wait_ended(), "whom the operator asked is let go"
    assert (await steer.parties(call, "2001")).together
    assert not heard(steer, CITIZEN_HZ, by="2002"), "the caller is not heard by whom the operator asks"
    await steer.conversations.consult(call, "2001", Target.parse("operator-2002"))
    asked = await steer.answer(second, HERTZ["2002"])
    await steer.until(lambda: consulting(steer, call), "2001 talks with 2002")
    await steer.conversations.conference(call, "2001")
    await operator.play(write_tone(steer.bed.home, hertz=PLAYED_HZ, seconds=1.5))
    parties = await steer.parties(call, "2001")
    assert parties.together
    assert parties.consulting
    await steer.conversations.complete(call, "2001")
    assert await operator.wait_ended()
    await steer.until_together(call, "2002")
    assert not caller.ended
    await caller.hang_up()
    assert await asked.wait_ended()
    wait_for(lambda: call in steer.bed.ended_calls(), reason="the call is over")
    assert heard(steer, CITIZEN_HZ, by="2002")
    assert heard(steer, PLAYED_HZ, by="2002")
    kinds = steer.segments(call)
    # Two consultations a moment apart may count as one.
    assert list(dict.fromkeys(kind for who, kind in kinds if who == "2002")) == ["consult", "conference", "talk"]
    mine = [kind for who, kind in kinds if who == "2001"]
    assert mine[0] == "talk"
    # The operator is with 2002 alone for the moment in which these two are put together.
    assert [kind for kind in mine if kind != "consult"][-1] == "conference"
    assert "consult" in mine


async def test_two_of_three_go_on_when_the_operator_lets_the_third_go(steer):
    caller, operator, call = await steer.talking()
    second = await steer.phone("2002")
    await steer.conversations.consult(call, "2001", Target.parse("operator-2002"))
    asked = await steer.answer(second, HERTZ["2002"])
    await steer.until(lambda: consulting(steer, call), "2001 talks with 2002")
    await steer.conversations.conference(call, "2001")
    await steer.conversations.unhold(call, "2001")
    assert await asked.wait_ended()
    parties = await steer.parties(call, "2001")
    assert parties.together
    assert parties.third is None
    await operator.play(write_tone(steer.bed.home, hertz=PLAYED_HZ, seconds=1.5))
    assert not caller.ended
    await caller.hang_up()
    assert await operator.wait_ended()
    wait_for(lambda: call in steer.bed.ended_calls(), reason="the call is over")
    assert seconds_of_tone(steer.bed.home / "citizen.wav", PLAYED_HZ) > 0.7, "the caller heard the operator again"
    system = steer.bed.inputs.directories.incoming_recordings / f"{call}-system.wav"
    wait_for(lambda: not read_header(system).needs_repair, reason="the recording is closed")
    assert seconds_of_tone(system, PLAYED_HZ) > 0.7, "and is on the recording"
    assert steer.segments(call)[-1] == ("2001", "talk")


async def consulting(steer, call):
    return (await steer.parties(call, "2001")).consulting


async def test_failed_transfers_give_the_caller_back_every_time(steer):
    caller, operator, call = await steer.talking()
    first, second = steer.phones["2001"], await steer.phone("2002")
    for turn in range(24):
        kind = ("busy", "declined", "not there", "gone while it rings")[turn % 4]
        target = "operator-2003" if kind == "not there" else "operator-2002"
        await steer.conversations.transfer(call, "2001", Target.parse(target))
        if kind != "not there":
            async with asyncio.timeout(40):
                ringing = await second.incoming.get()
            await ringing.refuse({"busy": 486, "declined": 603}.get(kind, 480))
        operator = await steer.answer(first, HERTZ["2001"])
        await steer.until_together(call, "2001")
        assert not caller.ended, f"{kind}: the caller is still there"
    assert len(steer.told("failed")) == len(steer.told("returning")) == 24
    await caller.hang_up()
    assert await operator.wait_ended()


async def test_nobody_answers_and_the_sender_is_gone_too_so_the_queue_has_the_caller(steer):
    caller, _operator, call = await steer.talking()
    second = await steer.phone("2002")
    third = await steer.phone("2004", in_queue=True)
    await steer.conversations.transfer(call, "2001", Target.parse("operator-2002"))
    async with asyncio.timeout(40):
        await second.incoming.get()  # and does not answer
    steer.bed.console("queue remove member PJSIP/2001 from operators")
    async with asyncio.timeout(15):
        recalled = await steer.phones["2001"].incoming.get()
    await recalled.refuse(480)
    taken = await steer.answer(third, HERTZ["2004"])
    await steer.until_together(call, "2004")
    await caller.hang_up()
    assert await taken.wait_ended()
    assert steer.segments(call) == [("2001", "talk"), ("2004", "talk")]


async def test_a_held_caller_whose_operator_disappears_goes_to_the_queue(steer):
    caller, operator, call = await steer.talking()
    other = await steer.phone("2004", in_queue=True)
    await steer.conversations.hold(call, "2001")
    steer.bed.console("queue remove member PJSIP/2001 from operators")
    await operator.hang_up()
    taken = await steer.answer(other, HERTZ["2004"])
    await steer.until_together(call, "2004")
    await caller.hang_up()
    assert await taken.wait_ended()


async def test_a_caller_who_hangs_up_on_hold_frees_the_operator(steer):
    caller, operator, call = await steer.talking()
    await steer.conversations.hold(call, "2001")
    await caller.hang_up()
    assert await operator.wait_ended(timeout=40)
    with pytest.raises(CallControlError, match="not in this call"):
        await steer.conversations.unhold(call, "2001")


async def test_a_utility_is_rung_with_our_number_and_a_refusal_gives_the_caller_back(steer):
    utility = await steer.stack.enter_async_context(Softphone.started(user=UTILITY, port=steer.bed.outside_port))
    caller, _operator, call = await steer.talking()
    await steer.conversations.transfer(call, "2001", Target.parse("organisation-vodovod"))
    async with asyncio.timeout(40):
        ringing = await utility.incoming.get()
    assert "311@" in ringing.remote
    assert "641234567" not in ringing.remote
    await ringing.refuse(486)
    await steer.answer(steer.phones["2001"], HERTZ["2001"])
    await steer.until_together(call, "2001")
    await steer.conversations.consult(call, "2001", Target.parse("organisation-vodovod"))
    asked = await steer.answer(utility, 3000.0)
    assert "641234567" not in asked.remote
    await steer.until(lambda: consulting(steer, call), "2001 talks with the utility")
    await steer.conversations.complete(call, "2001")
    assert await asked.wait_sound()
    await caller.hang_up()
    assert await asked.wait_ended()


async def test_steering_a_call_that_is_not_the_operators_is_refused_in_words(steer):
    caller, operator, call = await steer.talking()
    with pytest.raises(CallControlError, match="not in this call"):
        await steer.conversations.hold(call, "2002")
    await caller.hang_up()
    assert await operator.wait_ended()
