"""Who is who in a call, and what the PBX is told: each action forced to fail is an error, and nothing follows it."""

import pytest

from ami.call_control import AmiCallControl
from ami.conversations import AmiConversations, parties_of
from calls.conversation import Target
from calls.ids import LinkedId
from calls.ports import CallControlError, ChannelNow
from tests.ami.test_client import logged_in
from tests.fakes.fake_ami import FakeAmi

CALL = LinkedId("pbx-1.1")
CALLER, OPERATOR, THIRD = "PJSIP/test-00000001", "PJSIP/2001-00000002", "PJSIP/2002-00000003"


def channel(name, uniqueid, bridge="", place="", state="Up"):
    return ChannelNow(uniqueid, "pbx-1.1", name, state, "", 5, bridge, place)


def row(name, uniqueid, bridge="", context="", exten=""):
    lines = {
        "Event": "CoreShowChannel", "Channel": name, "ChannelStateDesc": "Up", "Uniqueid": uniqueid,
        "Linkedid": "pbx-1.1", "BridgeId": bridge, "Context": context, "Exten": exten,
    }  # fmt: skip
    return "".join(f"{key}: {value}\n" for key, value in lines.items()) + "\n"


def listed(rows):
    end = "Event: CoreShowChannelsComplete\nEventList: Complete\n\n"
    return f"Response: Success\nEventList: start\n\n{rows}{end}"


TALKING = row(CALLER, "pbx-1.1", "b1") + row(OPERATOR, "pbx-1.2", "b1")
HELD = row(CALLER, "pbx-1.1", "", "call-control", "hold") + row(OPERATOR, "pbx-1.2", "b2", "call-control", "holding")
ASKING = (
    row(CALLER, "pbx-1.1", "", "call-control", "hold") + row(OPERATOR, "pbx-1.2", "b3") + row(THIRD, "pbx-1.3", "b3")
)


@pytest.fixture
async def steer():
    control = AmiCallControl()
    async with FakeAmi() as fake, logged_in(fake, on_event=control.on_event) as client:
        control.attach(client)
        conversations = AmiConversations(control)
        conversations.fake = fake
        conversations.now = TALKING
        fake.answers["CoreShowChannels"] = lambda _: listed(conversations.now)
        yield conversations


def acted(steer):
    return [one for one in steer.fake.received if one["Action"] in {"Redirect", "Setvar", "Hangup"}]


async def test_hold_moves_both_at_once_and_ends_when_they_have_moved(steer):
    looks = iter([TALKING, TALKING, TALKING])

    def moving(_):
        steer.now = next(looks, HELD)
        return listed(steer.now)

    steer.fake.answers["CoreShowChannels"] = moving
    await steer.hold(CALL, "2001")
    assert steer.now == HELD
    redirect = acted(steer)[-1]
    assert (redirect["Channel"], redirect["Exten"]) == (CALLER, "hold")
    assert (redirect["ExtraChannel"], redirect["ExtraExten"]) == (OPERATOR, "holding")
    assert [one["Value"] for one in acted(steer)[:-1]] == [OPERATOR, CALLER]


async def test_a_transfer_goes_to_the_place_of_the_dialplan_that_the_target_names(steer):
    await steer.transfer(CALL, "2001", Target.parse("operator-2002"))
    await steer.transfer(CALL, "2001", Target.parse("organisation-vodovod"))
    sent = [(one["Context"], one["Exten"]) for one in acted(steer) if one["Action"] == "Redirect"]
    assert sent == [("call-transfer", "operator-2002"), ("call-out", "transfer-organisation-vodovod")]


@pytest.mark.parametrize("refused", ["CoreShowChannels", "Setvar", "Redirect"])
@pytest.mark.parametrize("order", ["hold", "transfer", "consult"])
async def test_an_action_that_the_pbx_refuses_is_an_error_and_nothing_follows(steer, refused, order):
    steer.fake.answers[refused] = lambda _: "Response: Error\nMessage: not today\n\n"
    target = () if order == "hold" else (Target.parse("operator-2002"),)
    with pytest.raises(CallControlError, match=r"not today|no answer"):
        await getattr(steer, order)(CALL, "2001", *target)
    assert [one["Action"] for one in steer.fake.received if one["Action"] != "Ping"][-1] == refused


@pytest.mark.parametrize(
    ("order", "state"),
    [("hold", TALKING), ("unhold", HELD), ("complete", ASKING), ("conference", ASKING)],
)
async def test_a_move_that_the_pbx_accepts_and_does_not_make_is_an_error(steer, order, state):
    steer.now = state
    with pytest.raises(CallControlError, match="did not move the caller"):
        await getattr(steer, order)(CALL, "2001")
    assert [one for one in acted(steer) if one["Action"] == "Hangup"] == [], "the operator stays with the caller"


@pytest.mark.parametrize(("order", "state"), [("complete", TALKING), ("conference", HELD)])
async def test_putting_through_needs_somebody_who_answered(steer, order, state):
    steer.now = state
    with pytest.raises(CallControlError, match="nobody has answered"):
        await getattr(steer, order)(CALL, "2001")
    assert acted(steer) == []


async def test_without_a_connection_it_says_so():
    with pytest.raises(CallControlError, match="no connection"):
        await AmiConversations(AmiCallControl()).hold(CALL, "2001")


def test_the_caller_is_who_began_the_call_and_the_third_is_in_the_operators_bridge():
    found = parties_of(
        [channel(CALLER, "pbx-1.1"), channel(OPERATOR, "pbx-1.2", "b3"), channel(THIRD, "pbx-1.3", "b3")], CALL, "2001"
    )
    assert (found.caller.name, found.third.name, found.consulting) == (CALLER, THIRD, True)


def test_of_a_call_that_the_operator_began_the_other_side_is_the_caller():
    found = parties_of([channel(OPERATOR, "pbx-1.1", "b"), channel(CALLER, "pbx-1.2", "b")], CALL, "2001")
    assert (found.caller.name, found.together) == (CALLER, True)


def test_the_browsers_phone_is_the_operators():
    found = parties_of([channel(CALLER, "pbx-1.1", "b"), channel("PJSIP/w2001-0000000a", "pbx-1.2", "b")], CALL, "2001")
    assert found.together


@pytest.mark.parametrize(
    ("present", "words"),
    [([channel(CALLER, "pbx-1.1")], "not in this call"), ([channel(OPERATOR, "pbx-1.2")], "caller has hung up")],
)
def test_who_is_gone_is_named(present, words):
    with pytest.raises(CallControlError, match=words):
        parties_of(present, CALL, "2001")


@pytest.mark.parametrize(
    "text", ["0641234567", "operator-", "operator-2001\r\nAction: x", "trunk-test", "operator-a/b"]
)
def test_a_target_is_a_word_and_no_number(text):
    with pytest.raises(ValueError, match="a target is"):
        Target.parse(text)
