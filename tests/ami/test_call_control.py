import asyncio

import pytest

from ami.call_control import AmiCallControl
from calls.ids import LinkedId
from calls.ports import CallControlError, NotReached
from tests.ami.test_client import logged_in
from tests.fakes.fake_ami import FakeAmi

CHANNELS = """Response: Success
EventList: start

Event: CoreShowChannel
Channel: PJSIP/test-00000001
ChannelStateDesc: Up
Uniqueid: pbx-1.1
Linkedid: pbx-1.1
Application: Queue
Duration: 00:01:05

Event: CoreShowChannel
Channel: PJSIP/2001-00000002
ChannelStateDesc: Ringing
Uniqueid: pbx-1.2
Linkedid: pbx-1.1
Application: AppQueue
Duration: 00:00:02

Event: CoreShowChannelsComplete
EventList: Complete

"""
QUEUES = """Response: Success
EventList: start

Event: QueueMember
Queue: operators
Location: PJSIP/2001
Paused: 1
PausedReason: lunch
Status: 6

Event: QueueEntry
Queue: operators
Uniqueid: pbx-1.1
Position: 1
Wait: 42

Event: QueueStatusComplete
EventList: Complete

"""


@pytest.fixture
async def control():
    pbx_control = AmiCallControl()
    async with FakeAmi() as fake, logged_in(fake, on_event=pbx_control.on_event) as client:
        pbx_control.attach(client)
        fake.answers["CoreShowChannels"] = lambda _: CHANNELS
        fake.answers["QueueStatus"] = lambda _: QUEUES
        pbx_control.fake = fake
        yield pbx_control


async def test_the_snapshot_holds_channels_waiting_callers_and_members(control):
    snapshot = await control.snapshot()
    assert [(channel.uniqueid, channel.seconds) for channel in snapshot.channels] == [("pbx-1.1", 65), ("pbx-1.2", 2)]
    assert (snapshot.waiting[0].linkedid, snapshot.waiting[0].waited) == ("pbx-1.1", 42)
    member = snapshot.members[0]
    assert (member.extension, member.paused, member.reason, member.device) == ("2001", True, "lunch", "ringing")


async def test_a_member_that_is_there_already_is_paused_instead(control):
    control.fake.answers["QueueAdd"] = lambda _: "Response: Error\nMessage: Unable to add interface: Already there\n\n"
    await control.add_member("operators", "2001", paused=False)
    assert control.fake.received[-1]["Action"] == "QueuePause"
    assert control.fake.received[-1]["Paused"] == "false"


async def test_a_refused_pause_is_an_error(control):
    control.fake.answers["QueuePause"] = lambda _: "Response: Error\nMessage: Interface not found\n\n"
    with pytest.raises(CallControlError, match="Interface not found"):
        await control.pause_member("2001", paused=True, reason="lunch")


async def test_hang_up_ends_every_channel_of_the_call(control):
    await control.hang_up(LinkedId("pbx-1.1"))
    hangups = [headers["Channel"] for headers in control.fake.received if headers["Action"] == "Hangup"]
    assert hangups == ["PJSIP/test-00000001", "PJSIP/2001-00000002"]
    with pytest.raises(CallControlError, match="not there any more"):
        await control.hang_up(LinkedId("pbx-9.9"))


async def test_pausing_the_recording_mutes_the_callers_channel_only(control):
    await control.pause_recording(LinkedId("pbx-1.1"), paused=True)
    sent = control.fake.received[-1]
    assert (sent["Action"], sent["Channel"], sent["State"]) == ("MixMonitorMute", "PJSIP/test-00000001", "1")


@pytest.mark.parametrize(
    ("verdict", "reason", "why"),
    [
        ("Success", 4, None),
        ("Failure", 3, (False, False)),
        ("Failure", 5, (True, False)),
        ("Failure", 8, (False, True)),
        ("Failure", 0, (False, True)),
    ],
)
async def test_an_originated_call_returns_its_channel_or_says_why_not(control, verdict, reason, why):
    async def ring():
        return await control.originate(
            endpoint="PJSIP/2001", context="order-call", extension="s", variables={}, caller_id="311", timeout=5
        )

    ringing = asyncio.create_task(ring())
    async with asyncio.timeout(30):
        while not any(headers["Action"] == "Originate" for headers in control.fake.received):
            await asyncio.sleep(0.01)
    sent = next(headers for headers in control.fake.received if headers["Action"] == "Originate")
    answer = {"ActionID": sent["ActionID"], "Response": verdict, "Reason": reason, "Uniqueid": "pbx-1.7"}
    lines = "\n".join(f"{name}: {value}" for name, value in answer.items())
    control.fake.say(f"Event: OriginateResponse\n{lines}\n\n")
    if why is None:
        assert await ringing == "pbx-1.7"
    else:
        with pytest.raises(NotReached, match="no answer from PJSIP/2001") as caught:
            await ringing
        assert (caught.value.busy, caught.value.fault) == why


async def test_an_extension_with_anything_but_digits_is_refused(control):
    with pytest.raises(CallControlError, match="2 to 6 digits"):
        await control.add_member("operators", "2001&PJSIP/x", paused=False)
