import json

import pytest

from ami.browser_phones import AmiBrowserPhones
from ami.client import AmiError
from calls.phones import PhoneKind
from calls.ports import CallControlError

CALLER, PHONE = "PJSIP/test-00000001", "PJSIP/w2001-00000002"

ON_HOLD = {"context": "call-control", "exten": "hold"}


def channel(name, state="Up", bridge="b-1", linkedid="c-1.1"):
    row = {"event": "CoreShowChannel", "channel": name, "channelstatedesc": state}
    return row | {"bridgeid": bridge, "linkedid": linkedid}


class Pbx:
    """Answers as the PBX does; `packets` are what the phone's line has received, look by look."""

    def __init__(self, channels=(), *, registered="", packets=(100, 100), members=()):
        self.rows, self.registered, self.packets, self.members = list(channels), registered, list(packets), members
        self.done, self.phones = [], {}

    def set_phone(self, extension, kind):
        self.phones[extension] = kind

    async def send(self, action, *, listing=False, timeout=None):
        name = action["Action"]
        if name == "CoreShowChannels":
            return [{"response": "Success"}, *self.rows]
        if name == "QueueStatus":
            return [{"response": "Success"}, *self.members]
        if name == "Getvar":
            return [{"value": self.registered if "CONTACTS" in action["Variable"] else str(self.packets.pop(0))}]
        self.done.append(action)
        return [{"response": "Success"}]

    def actions(self):
        return [action["Action"] for action in self.done]


async def no_time(seconds):
    assert seconds < 1


def phones_of(pbx):
    return AmiBrowserPhones(pbx, pbx, no_time)


async def test_who_talked_with_a_dead_phone_is_brought_to_where_they_wait():
    pbx = Pbx([channel(CALLER), channel(PHONE)])
    assert await phones_of(pbx).keep_callers("w2001") == ("c-1.1",)
    assert pbx.done[0]["Variable"] == "CENTRALA_OPERATOR"
    assert pbx.done[0]["Value"] == "w2001"
    assert (pbx.done[1]["Action"], pbx.done[1]["Channel"]) == ("Redirect", CALLER)
    assert pbx.done[1]["Context"] == "operator-lost"
    assert (pbx.done[2]["Action"], pbx.done[2]["Channel"]) == ("Hangup", PHONE)


@pytest.mark.parametrize(
    "pbx",
    [
        Pbx([channel(CALLER), channel(PHONE)], packets=(100, 120)),
        Pbx([channel(CALLER), channel(PHONE)], registered="PJSIP/w2001/sip:new@127.0.0.1"),
        Pbx([channel(CALLER), channel("PJSIP/w2002-00000003")]),
        Pbx([channel(CALLER), channel("PJSIP/2001-00000003")]),
    ],
    ids=["still sends audio", "is back already", "another operator", "the same operator's other phone"],
)
async def test_a_conversation_that_goes_on_is_left_alone(pbx):
    assert await phones_of(pbx).keep_callers("w2001") == ()
    assert pbx.done == []


@pytest.mark.parametrize(
    "channels",
    [
        [channel(CALLER), channel(PHONE), channel("PJSIP/2002-00000003")],
        [channel(PHONE), channel("PJSIP/2002-00000003")],
        [channel(PHONE), channel("PJSIP/test-00000003"), channel(CALLER, bridge="") | ON_HOLD],
        [channel(PHONE, bridge="")],
        [channel(PHONE, state="Ringing", bridge="")],
    ],
    ids=["conference", "colleague", "asks somebody outside while the caller is held", "echo test", "ringing"],
)
async def test_a_dead_line_beside_others_is_only_ended(channels):
    pbx = Pbx(channels)
    assert await phones_of(pbx).keep_callers("w2001") == ()
    assert [(action["Action"], action["Channel"]) for action in pbx.done] == [("Hangup", PHONE)]


async def test_the_member_follows_the_choice_as_it_was():
    row = {"event": "QueueMember", "queue": "operators", "location": "PJSIP/2001", "name": "2001"}
    other = row | {"location": "PJSIP/2002", "name": "2002"}
    pbx = Pbx(members=[row | {"paused": "1", "pausedreason": "obrok", "penalty": "3"}, other])
    await phones_of(pbx).move_member("2001", PhoneKind.BROWSER)
    assert pbx.actions() == ["QueueAdd", "QueuePause", "QueueRemove"]
    added, paused, removed = pbx.done
    assert (added["Interface"], added["Penalty"], added["Paused"]) == ("PJSIP/w2001", "3", "true")
    assert (paused["Interface"], paused["Reason"]) == ("PJSIP/w2001", "obrok")
    assert removed["Interface"] == "PJSIP/2001"


async def test_a_login_is_written_where_the_exchange_looks_for_it():
    pbx = Pbx()
    await phones_of(pbx).set_login("2001", "tajna-1")
    (action,) = pbx.done
    assert (action["Action"], action["Family"], action["Key"]) == ("DBPut", "centrala_phones/auth", "w2001")
    assert json.loads(action["Val"]) == {"auth_type": "userpass", "username": "w2001", "password": "tajna-1"}


async def test_a_login_that_the_exchange_did_not_take_is_an_error():
    class Refusing:
        async def send(self, action):
            raise AmiError("no connection to the PBX")

    with pytest.raises(CallControlError, match="no connection"):
        await AmiBrowserPhones(Pbx(), Refusing()).set_login("2001", "tajna-1")
