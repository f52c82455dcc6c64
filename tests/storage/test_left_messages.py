import json
import os
from datetime import timedelta

import pytest

from calls.journal_entries import EntryKind, JournalEntry
from cases.intake import Intake
from storage import case_repository, recording_repository
from storage.case_mint import LocalCaseMint
from storage.left_messages import LeftMessages
from storage.recording_repository import Recording
from storage.spool_import import SpoolFolders, SpoolImport
from storage.tables import calls, cel_rows

CALL = "1795338000.5"
NAME = f"{CALL}-090000123456"
DAY = "2026-11-22"


class Rules:
    def intake(self, service_code, at):
        return Intake("city", at + timedelta(hours=48))


class Rig:
    """The finder and the importer behind it, as the console runs them."""

    def __init__(self, folder, database, identity, clock):
        self.database, self.clock = database, clock
        self.entries = [self.entry(1, EntryKind.CALL_ARRIVED, caller="0641234567", did="311")]
        self.seconds = 6.0
        self.folders = SpoolFolders(folder / "spool", folder / "recordings")
        mint = LocalCaseMint(folder / "mint", 3, b"p" * 32, clock)
        self.finder = LeftMessages(self.folders, database, self.journal, self.probe, clock)
        self.importer = SpoolImport(
            self.folders, database, identity, mint, Rules(), self.probe, clock, journal=self.journal
        )
        self.sound = self.folders.recordings / "messages" / DAY / f"{NAME}.wav"
        self.sound.parent.mkdir(parents=True)
        self.sound.write_bytes(b"sound")
        os.utime(self.sound, (clock().timestamp(),) * 2)

    def entry(self, step, kind, **data):
        return JournalEntry(CALL, step, kind, self.clock(), 1, data)

    def journal(self, linkedid):
        return self.entries if linkedid == CALL else []

    def probe(self, path):
        return self.seconds

    async def call(self, *, ended=True):
        async with self.database.begin() as connection:
            row = {"linkedid": CALL, "direction": "inbound", "arrived_at": self.clock(), "synthetic": False}
            await connection.execute(calls.insert().values(row | {"ended_at": self.clock() if ended else None}))
            for event in ("CHAN_START", *(["LINKEDID_END"] if ended else [])):
                row = {"source": event, "event": event, "at": self.clock(), "linkedid": CALL, "uniqueid": CALL}
                more = {"channel": "PJSIP/test-00000001", "data": {"context": "from-trunk"}}
                await connection.execute(cel_rows.insert().values(row | more))

    async def step(self):
        await self.finder.step()
        await self.importer.step()

    async def cases(self):
        async with self.database.read() as connection:
            return (await case_repository.search(connection))[0]

    async def sounds(self):
        async with self.database.read() as connection:
            return await recording_repository.of_call(connection, CALL)


@pytest.fixture
def rig(tmp_path, database, identity, clock):
    (tmp_path / "mint").mkdir()
    return Rig(tmp_path, database, identity, clock)


async def test_a_message_whose_server_died_becomes_a_case_with_its_caller(rig, identity):
    await rig.call()
    rig.entries.append(rig.entry(2, EntryKind.MENU_STEP, language="hu"))
    rig.clock.forward(seconds=11)
    await rig.step()
    (case,), (sound,) = await rig.cases(), await rig.sounds()
    assert (case.linkedid, case.language) == (CALL, "hu")
    assert (sound.path, sound.kind) == (f"messages/{NAME}.wav", "message")
    assert (rig.folders.recordings / sound.path).read_bytes() == b"sound"
    assert (await identity.reporter_of(case.number)).number == "+381641234567"
    rig.clock.forward(seconds=60)
    await rig.step()
    assert len(await rig.cases()) == 1


async def test_a_call_that_goes_on_is_let_be(rig):
    await rig.call(ended=False)
    rig.clock.forward(seconds=60)
    await rig.step()
    assert rig.sound.exists()


async def test_what_the_journal_names_is_left_to_the_relay(rig):
    await rig.call()
    audio = f"messages/{DAY}/{NAME}.wav"
    rig.entries.append(rig.entry(2, EntryKind.CASE_CREATED, case="261000017", audio=audio))
    rig.clock.forward(seconds=60)
    await rig.step()
    assert rig.sound.exists()
    assert await rig.cases() == []


async def test_what_is_known_is_not_touched(rig):
    await rig.call()
    path = f"messages/{DAY}/{NAME}.wav"
    async with rig.database.begin() as connection:
        known = Recording(
            id=NAME, linkedid=CALL, path=path, kind="message", started_at=rig.clock(), state="complete", seconds=6.0
        )
        await recording_repository.add(connection, known)
    rig.clock.forward(seconds=60)
    await rig.step()
    assert rig.sound.exists()
    assert await rig.cases() == []


async def test_the_first_half_of_a_message_that_was_spoken_again_joins_its_case(rig, new_case):
    await rig.call()
    async with rig.database.begin() as connection:
        await case_repository.create(connection, new_case(linkedid=CALL), source="x")
    rig.clock.forward(seconds=11)
    await rig.step()
    (case,), (sound,) = await rig.cases(), await rig.sounds()
    async with rig.database.read() as connection:
        lines = await case_repository.timeline(connection, case.number)
    assert [line.kind for line in lines] == ["created", "message"]
    assert sound.kind == "message"


async def test_a_case_on_its_way_is_waited_for(rig, new_case):
    await rig.call()
    rig.entries.append(rig.entry(2, EntryKind.CASE_CREATED, case=new_case().number.digits, audio="messages/other.wav"))
    rig.clock.forward(seconds=11)
    await rig.step()
    assert await rig.cases() == []
    async with rig.database.begin() as connection:
        await case_repository.create(connection, new_case(linkedid=CALL), source="x")
    await rig.step()
    assert len(await rig.cases()) == 1
    assert len(await rig.sounds()) == 1


async def test_less_than_a_second_is_nothing_said(rig):
    rig.seconds = 0.4
    await rig.call()
    rig.clock.forward(seconds=11)
    await rig.step()
    assert not rig.sound.exists()
    assert await rig.cases() == []


async def test_a_crash_between_note_and_sound_is_made_good(rig):
    await rig.call()
    note = rig.folders.spool / "last_resort" / f"{NAME}.json"
    note.parent.mkdir(parents=True)
    note.write_text(json.dumps({"uniqueid": CALL, "complete": True}))
    await rig.importer.step()
    rig.clock.forward(seconds=11)
    await rig.step()
    assert len(await rig.cases()) == 1
