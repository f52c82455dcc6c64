"""The product's test call is judged by what it leaves behind, not by what went wrong on the way."""

from datetime import timedelta

import pytest
from sqlalchemy import insert

from calls.ids import TEST_CALL, TEST_SOUND
from calls.ports import CallControlError
from centrala.synthetic_call import SyntheticCaller
from storage.alarm_repository import active_alarms
from storage.database import Database
from storage.tables import call_steps, calls, recordings
from tests.storage.conftest import NOW, ManualClock


class Pbx:
    """Stores what a call leaves; `leaves`: record, steps, sound."""

    def __init__(self, database, folder):
        self.database, self.folder = database, folder
        self.leaves, self.refuse, self.made = {"record", "steps", "sound"}, "", []

    async def originate(self, **wanted):
        self.made.append((wanted["endpoint"], wanted["context"], wanted["extension"]))
        if self.refuse:
            raise CallControlError(self.refuse)
        linkedid = wanted["channel_id"]
        async with self.database.begin() as connection:
            if "record" in self.leaves:
                row = {
                    "linkedid": linkedid,
                    "direction": "inbound",
                    "arrived_at": NOW,
                    "ended_at": NOW,
                    "synthetic": True,
                }
                await connection.execute(insert(calls).values(row))
            if "steps" in self.leaves:
                step = {"linkedid": linkedid, "step": 1, "kind": "call.arrived", "at": NOW, "node": 1, "data": {}}
                await connection.execute(insert(call_steps).values(step))
            if wanted["extension"].startswith("record-"):
                sound = {"id": linkedid, "linkedid": linkedid, "path": "one.wav", "kind": "call", "started_at": NOW}
                await connection.execute(insert(recordings).values(sound | {"state": "complete"}))
        return linkedid


class Rig:
    def __init__(self, tmp_path, database):
        self.database, self.clock, self.pbx = database, ManualClock(), Pbx(database, tmp_path)
        times = {"record_time": 0.2, "poll": 0.01}
        self.caller = SyntheticCaller(database, self.pbx, self.clock, self.silent, "311", timedelta(hours=1), **times)

    def silent(self, recording, path):
        return "" if "sound" in self.pbx.leaves else "it is silent"

    async def calls(self, count):
        for _ in range(count):
            await self.caller.step()
            self.clock.forward(seconds=60)
        async with self.database.read() as connection:
            return [(alarm.id, alarm.text) for alarm in await active_alarms(connection)]


@pytest.fixture
async def rig(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/centrala.db")
    await database.create_all()
    yield Rig(tmp_path, database)
    await database.close()


async def test_each_hour_one_call_is_recorded_and_the_others_fill_no_disk(rig):
    assert await rig.calls(62) == []
    extensions = [extension for _, _, extension in rig.pbx.made]
    assert extensions[0] == extensions[60] == "record-311"
    assert extensions.count("311") == 60
    assert {made[:2] for made in rig.pbx.made} == {("Local/listener@synthetic", "synthetic")}


@pytest.mark.parametrize(("without", "why"), [("record", "it left no record"), ("steps", "the menu did not answer it")])
async def test_a_call_that_leaves_nothing_is_an_alarm_the_second_time_and_goes_with_the_fault(rig, without, why):
    rig.pbx.leaves = {"record", "steps", "sound"} - {without}
    assert await rig.calls(1) == []
    assert await rig.calls(1) == [("synthetic_call", f"The test call failed: {why}.")]
    rig.pbx.leaves = {"record", "steps", "sound"}
    assert await rig.calls(1) == []


async def test_an_exchange_that_refuses_the_call_is_an_alarm(rig):
    rig.pbx.refuse = "no answer from Local/listener@synthetic"
    assert await rig.calls(2) == [("synthetic_call", "The test call failed: no answer from Local/listener@synthetic.")]


async def test_a_silent_recording_is_an_alarm_of_its_own(rig):
    rig.pbx.leaves = {"record", "steps"}
    assert await rig.calls(2) == [("synthetic_sound", "The test recording cannot be heard: it is silent.")]
    rig.pbx.leaves = {"record", "steps", "sound"}
    assert await rig.calls(1) == [], "it is tried again with the next call, not after an hour"


def test_the_ids_of_test_calls_are_of_a_shape_that_the_menu_takes():
    from calls.ids import is_test_call, parse_linked_id

    for prefix in (TEST_CALL, TEST_SOUND):
        assert is_test_call(parse_linked_id(f"{prefix}1795711255.123456"))
    assert not is_test_call("1795711255.1")
