"""Being called back: the number is confirmed, the wish is on the disk before it is promised; else back to the queue."""

from dataclasses import replace
from pathlib import Path

import pytest

from calls.journal_entries import EntryKind
from cases.callbacks import Callback
from tests.fakes.fake_asterisk import TOKEN, Caller, call, header

RULES = Callback(trunk="telekom", numbers=("+3816",), shown="311")
PLACE = "operators/01700000000/00"


async def press_the_key(switchboard, caller, *, number="0641234567", rules=RULES, place=PLACE, resume=""):
    town = replace(switchboard.needs.town(), callback=rules)
    async with switchboard.running(town=lambda: town) as port:
        await call(port, header("callback", TOKEN, resume, place, callerid=number), caller)
    return [Path(sound).name for sound in caller.heard]


def wishes(switchboard):
    return [entry.data for entry in switchboard.facts(EntryKind.CALLBACK_ASKED)]


async def test_the_presented_number_is_confirmed_with_one_key(switchboard):
    caller = Caller(["1"])
    on_disk = []
    caller.on_command = lambda words: on_disk.append(len(wishes(switchboard))) if "promised" in str(words) else None
    heard = await press_the_key(switchboard, caller)
    assert heard[-1] == "callback.promised"
    assert on_disk == [1], "on the disk before it is said"
    assert caller.variables == {"IVR_DONE": "hangup"}
    expected = {
        "caller": "+381641234567",
        "queue": "operators",
        "queued_at": 1700000000,
        "priority": 0,
        "language": "sr",
    }
    assert wishes(switchboard) == [expected]


@pytest.mark.parametrize("number", ["anonymous", "+4366412345678", "2001"])
async def test_another_number_may_be_keyed(switchboard, number):
    heard = await press_the_key(switchboard, Caller(["0651112223", "1"]), number=number)
    assert heard[0] == "callback.key_number"
    assert wishes(switchboard)[0]["caller"] == "+381651112223"


async def test_instead_of_the_presented_number_another_one(switchboard):
    await press_the_key(switchboard, Caller(["2", "0651112223", "1"]))
    assert wishes(switchboard)[0]["caller"] == "+381651112223"


@pytest.mark.parametrize(
    "keys", [["9"], ["", ""], ["2", "090012345", "0900123456"], ["2", "", ""], ["2", "00431234567", "1"]]
)
async def test_otherwise_the_caller_goes_back_to_the_queue(switchboard, keys):
    caller = Caller(keys, patient=True)
    heard = await press_the_key(switchboard, caller)
    assert heard[-1] == "callback.back_to_queue"
    assert caller.variables == {"IVR_DONE": "queue"}
    assert wishes(switchboard) == []


async def test_where_nobody_is_called_back_the_key_does_nothing(switchboard):
    caller = Caller([], patient=True)
    await press_the_key(switchboard, caller, rules=None)
    assert caller.variables == {"IVR_DONE": "queue"}


async def test_a_wish_that_no_disk_takes_is_not_promised(switchboard, monkeypatch):
    async def full(*_entries):
        raise OSError("disk full")

    monkeypatch.setattr(switchboard.needs.journal, "append", full)
    caller = Caller(["1"])
    heard = await press_the_key(switchboard, caller)
    assert "callback.promised" not in heard
    assert caller.variables == {"IVR_DONE": "queue"}


async def test_the_second_server_does_not_ask_again(switchboard):
    await press_the_key(switchboard, Caller(["1"]))
    caller = Caller([])
    heard = await press_the_key(switchboard, caller, resume="resume")
    assert heard == ["callback.promised"]
    assert len(wishes(switchboard)) == 1


@pytest.mark.parametrize("place", ["", "x", "operators/1/2/3"])
async def test_a_subject_that_is_no_place_leaves_the_caller_to_the_dialplan(switchboard, place):
    caller = Caller(["1"])
    await press_the_key(switchboard, caller, place=place)
    assert caller.variables == {}


async def take_turn(switchboard, subject="17"):
    caller = Caller([])
    async with switchboard.running() as port:
        await call(port, header("callback_turn", TOKEN, "", subject, uniqueid="1700000009.4"), caller)
    return caller.variables.get("IVR_DONE")


async def test_who_has_the_turn_may_dial_and_nobody_else(switchboard):
    turns = switchboard.needs.callback_turns
    assert await take_turn(switchboard) == "dial"
    assert turns.asked == [(17, "1700000009.4")]
    turns.mine = False
    assert await take_turn(switchboard) == "hangup"
    assert await take_turn(switchboard, "17,1)Dial") == "hangup"
    turns.broken = True
    assert await take_turn(switchboard) == "hangup", "without the lock nobody is dialled"
