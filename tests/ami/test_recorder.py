"""When a recorder is taken off, it can be put on again; otherwise it is let be."""

import pytest

from ami.call_control import AmiCallControl
from ami.recorder import AmiRecorder
from calls.ids import LinkedId
from calls.ports import CallControlError
from tests.ami.test_client import logged_in
from tests.fakes.fake_ami import FakeAmi

CHANNELS = (
    "Response: Success\nEventList: start\n\n"
    "Event: CoreShowChannel\nUniqueid: pbx-1.1\nLinkedid: pbx-1.1\nChannel: PJSIP/trunk-1\nChannelStateDesc: Up\n"
    "Duration: 00:00:09\n\nEvent: CoreShowChannelsComplete\nEventList: Complete\n\n"
)
CALL = LinkedId("pbx-1.1")


async def no_wait(seconds):
    assert seconds >= 0.06


@pytest.fixture
async def pbx():
    async with FakeAmi() as fake, logged_in(fake) as client:
        control = AmiCallControl()
        control.attach(client)
        fake.answers["CoreShowChannels"] = lambda _: CHANNELS
        fake.answers["Getvar"] = lambda _: "Response: Success\nValue: /calls/pbx-1.1\n\n"
        fake.asked = []

        def ask(name):
            def answer(action):
                fake.asked.append((name, action.get("Options", "")))
                return "Response: Success\n\n"

            return answer

        for name in ("StopMixMonitor", "MixMonitor"):
            fake.answers[name] = ask(name)
        yield fake, AmiRecorder(control, client, no_wait), AmiRecorder(control, None, no_wait)


async def test_off_and_on_at_the_end_of_the_same_lanes(pbx):
    fake, recorder, _ = pbx
    assert await recorder.renew(CALL)
    lanes = "ar(/calls/pbx-1.1-caller.wav)t(/calls/pbx-1.1-system.wav)"
    assert fake.asked == [("StopMixMonitor", ""), ("MixMonitor", lanes)]


async def test_what_is_not_recorded_or_over_is_let_be(pbx):
    fake, recorder, _ = pbx
    assert not await recorder.renew(LinkedId("pbx-9.9"))
    fake.answers["Getvar"] = lambda _: "Response: Success\nValue: \n\n"
    assert not await recorder.renew(CALL)
    assert fake.asked == []


async def test_nothing_is_taken_off_that_could_not_be_put_on_again(pbx):
    fake, _, without_keeper = pbx
    with pytest.raises(CallControlError, match="no connection"):
        await without_keeper.renew(CALL)
    assert fake.asked == []


async def test_a_refusal_is_told(pbx):
    fake, recorder, _ = pbx
    fake.answers["MixMonitor"] = lambda _: "Response: Error\nMessage: Permission denied\n\n"
    with pytest.raises(CallControlError, match=r"the recorder is off: .*Permission denied"):
        await recorder.renew(CALL)
