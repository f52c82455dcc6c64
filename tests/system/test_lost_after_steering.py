"""A telephone that dies in mid-call loses no caller, however the caller came to it: not by the queue alone."""

import asyncio
import os
import re
import signal

import pytest

from ami.conversation_news import PhoneHold
from asterisk_conf.models import OutsideLine
from asterisk_conf.queue_settings import CallbackSettings, QueueSettings
from calls.cel import parse_cel_line
from calls.channel_variables import CALLBACK, LANGUAGE, PRIORITY, QUEUE, QUEUED_AT
from calls.conversation import Target
from cases.interruptions import interruptions_of
from centrala.simulate.softphone import Softphone
from tests.system.asterisk_bed import wait_for
from tests.system.steering import CITIZEN_HZ, HERTZ, steered, steering_bed

pytestmark = [pytest.mark.system, pytest.mark.timeout(240)]
SILENCE = 4
DUTY = OutsideLine("duty-1", "PJSIP/2004")


@pytest.fixture(scope="module")
def bed(tiny_agi_of_module):
    queue = QueueSettings(longest_wait=20, longest_wait_in_fallback=10, when_empty="2003")
    with steering_bed(queue=queue, more_lines=(DUTY,)) as one:
        be_impatient(one)
        tiny_agi_of_module(one.inputs.ports.agi_first, "done:queue")
        yield one


@pytest.fixture
async def calling_back(tiny_agi):
    """A bed whose servers let every citizen be called back."""
    with steering_bed(callback=CallbackSettings("test", ("+3816",), "311")) as one:
        be_impatient(one)
        tiny_agi(one.inputs.ports.agi_first, "done:dial")
        async with steered(one) as steer:
            yield steer


def be_impatient(bed):
    """Give SIP telephones seconds instead of a minute."""
    settings = bed.inputs.directories.etc / "pjsip.conf"
    text = settings.read_text()
    for line in ("rtp_timeout = 60\n", "rtp_timeout_hold = 300\n"):
        assert text.count(line) == 1
        text = text.replace(line, f"{line.split()[0]} = {SILENCE}\n")
    settings.write_text(text)
    bed.console("module reload res_pjsip.so")
    wanted = {"rtp_timeout": str(SILENCE), "rtp_timeout_hold": str(SILENCE), "timers": "no"}
    wait_for(lambda: waits_of(bed, "2001") == wanted, reason="the setting is loaded")


def waits_of(bed, extension):
    """What may end a call of this telephone without a word from it."""
    shown = dict(re.findall(r"^ *(\S+) +: (.*?) *$", bed.console(f"pjsip show endpoint {extension}"), re.MULTILINE))
    return {name: shown[name] for name in ("rtp_timeout", "rtp_timeout_hold", "timers")}


@pytest.fixture
async def steer(bed):
    bed.console("queue remove member PJSIP/2001 from operators")
    async with steered(bed) as one:
        yield one


async def after_a_hold(steer):
    caller, _, call = await steer.talking()
    await steer.conversations.hold(call, "2001")
    await steer.until(lambda: held(steer, call), "the caller is held")
    await steer.conversations.unhold(call, "2001")
    return caller, call, "2001"


async def from_the_queue(steer):
    caller, _, call = await steer.talking()
    return caller, call, "2001"


async def after_a_transfer(steer):
    caller, _, call = await steer.talking()
    await steer.phone("2002")
    await steer.conversations.transfer(call, "2001", Target.parse("operator-2002"))
    await steer.answer(steer.phones["2002"], HERTZ["2002"])
    return caller, call, "2002"


async def after_a_transfer_that_came_back(steer):
    caller, _, call = await steer.talking()
    await steer.conversations.transfer(call, "2001", Target.parse("operator-2005"))
    await steer.answer(steer.phones["2001"], HERTZ["2001"])
    return caller, call, "2001"


async def after_a_transfer_to_a_duty_telephone(steer):
    caller, _, call = await steer.talking()
    await steer.phone("2004")
    await steer.conversations.transfer(call, "2001", Target.parse("duty-1"))
    await steer.answer(steer.phones["2004"], HERTZ["2004"])
    return caller, call, "2004"


async def after_a_consultation_that_was_put_through(steer):
    caller, operator, _, call = await steer.conference()
    await steer.conversations.complete(call, "2001")
    assert await operator.wait_ended()
    return caller, call, "2002"


async def after_a_conference_that_the_third_left(steer):
    caller, _, third, call = await steer.conference()
    await third.hang_up()
    await steer.until(lambda: alone(steer, call), "two are left")
    return caller, call, "2001"


async def held(steer, call):
    parties = await steer.parties(call, "2001")
    return parties.held and not parties.together


async def alone(steer, call):
    parties = await steer.parties(call, "2001")
    return parties.together and parties.third is None


async def after_the_queue_was_empty(steer):
    await steer.phone("2003")
    caller = await steer.citizen_call()
    await steer.answer(steer.phones["2003"], HERTZ["2003"])
    return caller, await steer.linkedid(), "2003"


@pytest.mark.parametrize(
    "come_to_talk",
    [
        from_the_queue,
        after_a_hold,
        after_a_transfer,
        after_a_transfer_that_came_back,
        after_a_transfer_to_a_duty_telephone,
        after_a_consultation_that_was_put_through,
        after_a_conference_that_the_third_left,
        after_the_queue_was_empty,
    ],
)
async def test_a_caller_whose_operators_telephone_dies_is_kept_and_given_back(steer, come_to_talk):
    caller, call, who = await come_to_talk(steer)
    await steer.until_together(call, who)
    again = await dies_and_comes_back(steer, call, who, caller)
    await steer.until_together(call, who)
    # Whoever hangs up now ends the call, as ever.
    await again.hang_up()
    assert await caller.wait_ended()


async def on_hold(steer):
    caller, _, call = await steer.talking()
    await steer.conversations.hold(call, "2001")
    await steer.until(lambda: held(steer, call), "the caller is held")
    return caller, call, None


async def on_hold_by_the_telephones_own_key(steer):
    caller, operator, call = await steer.talking()
    await operator.do("hold")
    await steer.until(lambda: held_by_key(steer), "the exchange knows of the hold")
    return caller, call, None


async def held_by_key(steer):
    return any(isinstance(one, PhoneHold) and one.held for one in steer.news)


async def while_somebody_is_asked(steer):
    caller, _, call = await steer.talking()
    await steer.phone("2002")
    await steer.conversations.consult(call, "2001", Target.parse("operator-2002"))
    asked = await steer.answer(steer.phones["2002"], HERTZ["2002"])
    await steer.until(lambda: consulting(steer, call), "2001 talks with 2002")
    return caller, call, asked


async def consulting(steer, call):
    return (await steer.parties(call, "2001")).consulting


@pytest.mark.parametrize("wait", [on_hold, on_hold_by_the_telephones_own_key, while_somebody_is_asked])
async def test_a_held_caller_whose_operators_telephone_dies_is_given_back_like_anyone(steer, wait):
    caller, call, asked = await wait(steer)
    again = await dies_and_comes_back(steer, call, "2001", caller)
    await steer.until_together(call, "2001")
    if asked is not None:
        assert await asked.wait_ended(), "whom the operator asked is let go"
    assert [kind for who, kind in steer.segments(call) if who == "2001"][-1] == "talk"
    assert steer.told("queue") == []
    await again.hang_up()
    assert await caller.wait_ended()


@pytest.mark.parametrize("wait", [from_the_queue, on_hold])
async def test_a_caller_whose_operators_telephone_stays_away_goes_to_the_head_of_the_queue(steer, wait):
    caller, call, _ = await wait(steer)
    phone = steer.phones["2001"]
    os.kill(phone.pid, signal.SIGSTOP)
    try:
        wait_for(lambda: interruptions(steer, call), timeout=SILENCE + 15, reason="the caller is kept")
        steer.bed.console("queue remove member PJSIP/2001 from operators")
        second = await steer.phone("2002", in_queue=True)
        await asyncio.to_thread(
            wait_for, lambda: interruptions(steer, call)[0].end == "given_up", timeout=60, reason="nobody is waited for"
        )
        operator = await steer.answer(second, HERTZ["2002"])
        await steer.until_together(call, "2002")
        assert not caller.ended
    finally:
        os.kill(phone.pid, signal.SIGCONT)
    await operator.hang_up()
    assert await caller.wait_ended()
    assert [(one.operator, one.end) for one in interruptions(steer, call)] == [("2001", "given_up")]


async def test_a_citizen_who_was_called_back_is_kept_and_given_back(calling_back):
    steer = calling_back
    citizen = await steer.stack.enter_async_context(Softphone.started(user="641234567", port=steer.bed.outside_port))
    phone = await steer.phone("2001", in_queue=True)
    wish = {CALLBACK: "1", QUEUE: "operators", LANGUAGE: "sr", QUEUED_AT: "1", PRIORITY: "0"}
    placed = asyncio.create_task(
        steer.control.originate(
            endpoint="Local/cb1@callback-hold/n", context="callback-out", extension="+381641234567",
            variables=wish, caller_id="<+381641234567>", timeout=30,
        )
    )  # fmt: skip
    await steer.answer(phone, HERTZ["2001"])
    called = await steer.answer(citizen, CITIZEN_HZ)
    call = await placed
    assert await called.wait_sound()
    again = await dies_and_comes_back(steer, call, "2001", called)
    assert await called.wait_sound()
    await again.hang_up()
    assert await called.wait_ended()


async def dies_and_comes_back(steer, call, who, other):
    """Let the telephone fall silent until `other` is kept, then answer on it again; return its new call."""
    phone = steer.phones[who]
    # No BYE, no packet: as a crash or a broken network leaves it.
    os.kill(phone.pid, signal.SIGSTOP)
    try:
        wait_for(lambda: interruptions(steer, call), timeout=SILENCE + 15, reason="the caller is kept")
        assert not other.ended
    finally:
        os.kill(phone.pid, signal.SIGCONT)
    again = await steer.answer(phone, HERTZ[who])
    wait_for(lambda: interruptions(steer, call)[0].end == "given_back", reason="CEL tells of it")
    assert [(one.operator, one.end) for one in interruptions(steer, call)] == [(who, "given_back")]
    return again


def interruptions(steer, call):
    lines = steer.bed.inputs.directories.cel_file.read_text().splitlines()
    rows = [row for line in lines if (row := parse_cel_line(line)).linkedid == call]
    return interruptions_of(sorted(rows, key=lambda row: row.at))
