import json
import os
import shutil
from datetime import timedelta

import pytest

from cases.intake import Intake
from storage import call_repository, case_repository, missed_repository, recording_repository
from storage.case_mint import LocalCaseMint
from storage.database import Database, DatabaseDown
from storage.spool_import import SpoolFolders, SpoolImport
from storage.tables import calls, cel_rows, missed_calls

STEM = "1795338000.5"


class Rules:
    def intake(self, service_code, at):
        return Intake("city", at + timedelta(hours=48))


class Rig:
    def __init__(self, folder, database, identity, clock):
        self.folder = folder
        self.database = database
        self.clock = clock
        self.seconds = 6.0
        self.identity = identity
        self.make(database)

    def make(self, database):
        self.importer = SpoolImport(
            SpoolFolders(self.folder / "spool", self.folder / "recordings"),
            database,
            self.identity,
            LocalCaseMint(self.folder / "mint", 3, b"p" * 32, self.clock),
            Rules(),
            lambda sound: self.seconds,
            self.clock,
        )

    def put(self, spool="dialplan", stem=STEM, age=60, note=None):
        folder = self.folder / "spool" / spool
        folder.mkdir(parents=True, exist_ok=True)
        sound = folder / f"{stem}.wav"
        sound.write_bytes(b"sound")
        stamp = (self.clock() - timedelta(seconds=age)).timestamp()
        os.utime(sound, (stamp, stamp))
        if note is not None:
            sound.with_suffix(".json").write_text(note if isinstance(note, str) else json.dumps(note))
        return sound

    async def cases(self):
        async with self.database.read() as connection:
            return (await case_repository.search(connection))[0]

    def moved(self):
        return sorted(path.name for path in (self.folder / "recordings" / "messages").glob("*"))

    def left(self):
        return sorted(path.name for path in (self.folder / "spool").rglob("*.*"))


@pytest.fixture
def rig(tmp_path, database, identity, clock):
    (tmp_path / "mint").mkdir()
    return Rig(tmp_path, database, identity, clock)


async def test_a_message_of_the_last_resort_becomes_a_case_with_its_caller(rig, identity):
    told = {"uniqueid": STEM, "caller": "0641234567", "did": "311", "language": "hu", "complete": True}
    rig.put("last_resort", note=told, age=0)
    events = await rig.importer.step()
    (case,) = await rig.cases()
    async with rig.database.read() as connection:
        lines = await case_repository.timeline(connection, case.number)
        (sound,) = await recording_repository.of_call(connection, STEM)
    assert (case.linkedid, case.language, case.owner, case.status) == (STEM, "hu", "city", "received")
    assert [line.kind for line in lines] == ["created", "message"]
    assert (sound.path, sound.kind, sound.seconds, sound.state) == (f"messages/{STEM}.wav", "message", 6.0, "complete")
    assert (await identity.reporter_of(case.number)).number == "+381641234567"
    assert [event.data["case"] for event in events] == [case.number.digits]
    assert (rig.moved(), rig.left()) == ([f"{STEM}.wav"], [])


async def test_the_pure_dialplans_sound_is_taken_when_it_is_quiet(rig):
    rig.put(age=3)
    assert await rig.importer.step() == []
    rig.clock.forward(seconds=30)
    await rig.importer.step()
    assert [case.linkedid for case in await rig.cases()] == [STEM]


async def test_a_killed_last_resort_leaves_a_partial_message(rig):
    rig.put("last_resort", note={"uniqueid": STEM, "complete": False}, age=3)
    assert await rig.importer.step() == []
    rig.clock.forward(seconds=30)
    await rig.importer.step()
    async with rig.database.read() as connection:
        (sound,) = await recording_repository.of_call(connection, STEM)
    assert sound.state == "partial"


async def test_a_crash_before_the_move_makes_no_second_case(rig):
    sound = rig.put()
    shutil.copy2(sound, sound.with_suffix(".copy"))
    await rig.importer.step()
    sound.with_suffix(".copy").rename(sound)
    assert await rig.importer.step() == []
    assert len(await rig.cases()) == 1
    assert (rig.moved(), rig.left()) == ([f"{STEM}.wav"], [])


async def test_the_missed_call_behind_it_is_closed_by_the_case(rig, clock):
    async with rig.database.begin() as connection:
        call = {
            "linkedid": STEM,
            "direction": "inbound",
            "arrived_at": clock(),
            "ended_at": clock(),
            "synthetic": False,
        }
        await connection.execute(calls.insert().values(call | {"outcome": "after_hours"}))
        row = {"source": "x", "event": "CHAN_START", "at": clock(), "linkedid": STEM, "uniqueid": STEM}
        more = {"channel": "PJSIP/test-00000001", "data": {"context": "from-trunk"}}
        await connection.execute(cel_rows.insert().values(row | more))
        await connection.execute(
            missed_calls.insert().values(linkedid=STEM, reason="after_hours", last_step="", at=clock())
        )
    rig.put()
    await rig.importer.step()
    async with rig.database.read() as connection:
        assert (await call_repository.get(connection, STEM)).outcome == "message_left"
        assert await missed_repository.search(connection) == ([], 0)
        (closed,), _ = await missed_repository.search(connection, open_only=False)
    assert (closed.closed_how, closed.closed_note) == ("case", (await rig.cases())[0].number.digits)


@pytest.mark.parametrize(("spool", "note"), [("last_resort", {"complete": True, "thanked": True}), ("dialplan", None)])
async def test_who_was_thanked_has_a_case_however_little_was_said(rig, spool, note):
    rig.seconds = 0.4
    rig.put(spool, note=note)
    await rig.importer.step()
    assert [case.linkedid for case in await rig.cases()] == [STEM]


async def test_silence_makes_no_case_but_the_sound_is_kept(rig):
    rig.seconds = 0.4
    rig.put("last_resort", note={"complete": True, "thanked": False})
    await rig.importer.step()
    assert await rig.cases() == []
    assert (rig.moved(), rig.left()) == ([f"{STEM}.wav"], [])


async def test_a_header_without_sound_leaves_nothing(rig):
    rig.seconds = 0.0
    rig.put("last_resort", note={"uniqueid": STEM, "caller": "0641234567", "complete": True})
    await rig.importer.step()
    async with rig.database.read() as connection:
        assert await recording_repository.of_call(connection, STEM) == []
    assert (await rig.cases(), rig.moved(), rig.left()) == ([], [], [])


async def test_a_note_without_sound_does_not_keep_a_number_lying_about(rig):
    rig.put("last_resort", note={"uniqueid": STEM, "caller": "0641234567", "complete": True}).unlink()
    await rig.importer.step()
    assert rig.left() == []


@pytest.mark.parametrize("note", ["{broken", "[]", '"text"'])
async def test_a_broken_note_does_not_lose_its_sound(rig, note):
    rig.put("last_resort", note=note)
    await rig.importer.step()
    assert len(await rig.cases()) == 1


async def test_a_foreign_file_stays_where_it_is(rig):
    rig.put(stem="..evil name")
    await rig.importer.step()
    assert rig.left() == ["..evil name.wav"]
    assert await rig.cases() == []


async def test_one_unreadable_sound_holds_up_nobody(rig):
    rig.put(stem="1.1")
    rig.put(stem="1.2")

    def probe(sound):
        if sound.stem == "1.1":
            raise OSError("bad sector")
        return 5.0

    rig.importer._probe = probe
    await rig.importer.step()
    assert [case.linkedid for case in await rig.cases()] == ["1.2"]
    assert rig.left() == ["1.1.wav"]


async def test_nothing_is_moved_while_the_database_is_down(rig):
    down = Database("sqlite:////nonexistent/x.db")
    rig.make(down)
    rig.put()
    with pytest.raises(DatabaseDown):
        await rig.importer.step()
    await down.close()
    assert rig.left() == [f"{STEM}.wav"]
