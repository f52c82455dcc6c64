"""Texts of recordings: when they are made, how often they are tried, and that they go with the recording."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, update

from recordings.leftovers import remove_leftovers
from recordings.month_keys import MonthKeys
from recordings.purge import purge
from recordings.texts import CALLER, SYSTEM, Phrase, read_text, sealed_as
from recordings.transcriber import Recogniser, TranscribeError, Transcriber
from recordings.vault import Part, TamperedError, open_sealed, seal
from storage import recording_holds, recording_texts
from storage.database import Database
from storage.recording_texts import AGAIN_AFTER, MOST_FAILURES
from storage.tables import calls, recordings

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SAID = [Phrase(CALLER, 0.5, 1.25, "dobar dan"), Phrase(SYSTEM, 2.0, 2.5, "izvolite")]


class Bench:
    """A database, a folder, and a recogniser that says what the test wants."""

    def __init__(self, database, folder):
        self.database, self.folder = database, folder
        self.keys = MonthKeys(folder / "keys", b"m" * 32)
        self.now, self.heard, self.rested, self.trouble, self.sealing = NOW, [], 0, "", False
        self.while_hearing = None
        recogniser = Recogniser(("sr",), self.hear, self.rest)
        self.transcriber = Transcriber(
            database, folder / "recordings", self.keys, lambda: self.now, recogniser, lambda: not self.sealing
        )

    async def hear(self, recording):
        self.heard.append(recording.id)
        if self.while_hearing:
            await self.while_hearing()
        if self.trouble:
            raise TranscribeError(self.trouble)
        return SAID

    async def rest(self):
        self.rested += 1

    async def add(self, name, *, language="sr", days=0.0, path=None, **changes):
        path = path or f"calls/2026-11-22/{name}.sealed"
        seal(
            self.folder / "recordings" / path,
            name,
            self.keys.for_sealing("2026-11"),
            {"sound": Part("audio/ogg", b"O")},
        )
        began = NOW - timedelta(days=days)
        call = {"linkedid": f"{name}.1", "direction": "inbound", "arrived_at": began, "language": language}
        row = {"id": name, "linkedid": f"{name}.1", "path": path, "kind": "call", "started_at": began, "seconds": 9.0}
        async with self.database.begin() as connection:
            await connection.execute(insert(calls).values(call))
            await connection.execute(insert(recordings).values(row | {"state": "complete"} | changes))

    def text_of(self, name):
        path = self.folder / f"recordings/calls/2026-11-22/{name}.text"
        return read_text(open_sealed(path, sealed_as(name), self.keys))

    async def state(self, name):
        async with self.database.read() as connection:
            return await recording_texts.get(connection, name)

    async def purge(self):
        return await purge(self.database, self.folder / "recordings", {"call": 1}, self.now, actor="test")

    def texts(self):
        return sorted(path.stem for path in (self.folder / "recordings").rglob("*.text"))


@pytest.fixture
async def bench(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'main.db'}")
    await database.create_all()
    yield Bench(database, tmp_path)
    await database.close()


async def test_newest_first_one_at_a_time_and_once(bench):
    await bench.add("older", days=1)
    await bench.add("newer")
    assert await bench.transcriber.step()
    assert bench.heard == ["newer"]
    assert bench.text_of("newer") == SAID
    assert await bench.transcriber.step()
    assert not await bench.transcriber.step()
    assert (bench.heard, bench.rested) == (["newer", "older"], 1)
    state = await bench.state("newer")
    assert (state.language, state.made_at, state.failures) == ("sr", NOW, 0)


async def test_never_beside_a_backlog_of_sealing(bench):
    await bench.add("one")
    bench.sealing = True
    assert not await bench.transcriber.step()
    assert bench.heard == []
    bench.sealing = False
    assert await bench.transcriber.step()


@pytest.mark.parametrize(
    "changes",
    [
        {"language": "hu"},
        {"language": None},
        {"days": 8},
        {"kind": "message"},
        {"state": "damaged"},
        {"state": "recording"},
        {"state": "purged"},
        {"seconds": 0.0},
        {"path": "calls/a.wav"},
    ],
)
async def test_what_gets_no_text(bench, changes):
    await bench.add("one", **changes)
    assert not await bench.transcriber.step()
    assert bench.heard == []


async def test_a_failing_recogniser_is_tried_a_few_times_and_holds_up_nobody(bench):
    await bench.add("bad")
    await bench.add("good", days=1)
    bench.trouble = "vosk ended"
    assert await bench.transcriber.step()
    bench.trouble = ""
    assert await bench.transcriber.step()
    assert (bench.heard, bench.texts()) == (["bad", "good"], ["good"])
    assert not await bench.transcriber.step(), "not at once again"
    bench.trouble = "vosk ended"
    for _ in range(MOST_FAILURES + 2):
        bench.now += AGAIN_AFTER + timedelta(seconds=1)
        await bench.transcriber.step()
    assert bench.heard.count("bad") == MOST_FAILURES
    state = await bench.state("bad")
    assert (state.failures, state.error, state.is_given_up) == (MOST_FAILURES, "vosk ended", True)


async def test_a_later_try_may_succeed(bench):
    await bench.add("one")
    bench.trouble = "no memory"
    await bench.transcriber.step()
    bench.trouble = ""
    bench.now += AGAIN_AFTER + timedelta(seconds=1)
    assert await bench.transcriber.step()
    assert bench.text_of("one") == SAID
    assert (await bench.state("one")).failures == 0


async def test_a_disk_that_refuses_is_a_failure_too(bench, monkeypatch):
    await bench.add("one")

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("recordings.transcriber.seal_text", full)
        assert await bench.transcriber.step()
    assert "No space left" in (await bench.state("one")).error
    assert bench.texts() == []


async def test_a_text_goes_with_its_recording_and_stays_with_one_on_hold(bench):
    await bench.add("held", days=2)
    await bench.add("free", days=2)
    while await bench.transcriber.step():
        pass
    async with bench.database.begin() as connection:
        hold = await recording_holds.place(connection, recording_id="held", reason="sud", by="vera", now=NOW)
    report = await bench.purge()
    assert report.held == ["held"]
    assert bench.texts() == ["held"]
    assert (await bench.state("free"), (await bench.state("held")).made_at) == (None, NOW)
    async with bench.database.begin() as connection:
        await recording_holds.release(connection, hold, reason="gotovo", by="vera", now=NOW)
    await bench.purge()
    assert bench.texts() == []


async def test_a_recording_that_is_purged_while_it_is_heard_gets_no_text(bench):
    await bench.add("one", days=2)
    bench.while_hearing = bench.purge
    assert await bench.transcriber.step()
    assert (bench.texts(), await bench.state("one")) == ([], None)
    assert not await bench.transcriber.step()


async def test_a_text_without_its_row_goes_with_the_recording(bench):
    """A kill between the file and the row."""
    await bench.add("one", days=2)
    await bench.transcriber.step()
    async with bench.database.begin() as connection:
        await recording_texts.forget(connection, ["one"])
    await bench.purge()
    assert bench.texts() == []


async def test_half_a_text_is_cleared_away(bench):
    await bench.add("one")
    half = bench.folder / "recordings/calls/2026-11-22/.one.text.0a0b.new"
    half.write_bytes(b"half")
    assert await remove_leftovers(bench.database, bench.folder / "recordings") == 1
    assert not half.exists()


async def test_a_text_lies_sealed_under_its_own_name(bench):
    await bench.add("one")
    await bench.transcriber.step()
    path = bench.folder / "recordings/calls/2026-11-22/one.text"
    raw = path.read_bytes()
    assert b"dobar" not in raw
    with pytest.raises(TamperedError, match="sealed as"):
        open_sealed(path, "one", bench.keys)
    with pytest.raises(TamperedError, match="sealed as"):
        open_sealed(path, sealed_as("two"), bench.keys)
    path.write_bytes(raw[:-1] + bytes([raw[-1] ^ 1]))
    with pytest.raises(TamperedError):
        bench.text_of("one")


async def test_without_its_month_s_key_nobody_reads_it(bench):
    await bench.add("one")
    await bench.transcriber.step()
    bench.keys.destroy("2026-11")
    with pytest.raises(Exception, match="was destroyed"):
        bench.text_of("one")


async def test_test_calls_of_our_own_get_none(bench):
    await bench.add("one")
    async with bench.database.begin() as connection:
        await connection.execute(update(calls).values(synthetic=True))
    assert not await bench.transcriber.step()
