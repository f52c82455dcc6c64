"""A finished recording comes home: moved, mended, measured, its row completed; and again after a kill."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from recordings.keeper import RecordingKeeper
from storage import recording_repository
from storage.database import Database
from storage.tables import calls

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
CALL = "1795317647.0"


@pytest.fixture
async def database(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'main.db'}")
    await database.create_all()
    yield database
    await database.close()


@pytest.fixture
def keeper(database, tmp_path):
    return RecordingKeeper(database, tmp_path / "recordings", lambda: START + timedelta(minutes=1))


async def add_call(database, *, ended_after=10.0):
    ended = None if ended_after is None else START + timedelta(seconds=ended_after)
    async with database.begin() as connection:
        await connection.execute(
            insert(calls).values(linkedid=CALL, direction="inbound", arrived_at=START, ended_at=ended)
        )
        await recording_repository.add(connection, recording_repository.of_channel(CALL, CALL, START))


async def row(database):
    async with database.read() as connection:
        found = await recording_repository.get(connection, CALL)
    assert found is not None
    return found


async def test_it_is_moved_measured_and_announced(database, keeper, make_wav, tmp_path):
    make_wav(tmp_path / "recordings/calls/incoming" / f"{CALL}.wav", seconds=9.5)
    await add_call(database)
    (event,) = await keeper.step()
    assert event.data == {"linkedid": CALL, "recording": CALL, "seconds": 9.5}
    found = await row(database)
    assert (found.state, found.path) == ("complete", f"calls/2026-11-22/{CALL}.wav")
    assert (tmp_path / "recordings" / found.path).stat().st_size == found.bytes
    assert await keeper.step() == []


async def test_a_killed_recording_is_mended(database, keeper, make_wav, tmp_path):
    make_wav(tmp_path / "recordings/calls/incoming" / f"{CALL}.wav", seconds=9.5, killed=True)
    await add_call(database)
    await keeper.step()
    assert (await row(database)).state == "repaired"


async def test_one_that_was_cut_off_says_so(database, keeper, make_wav, tmp_path):
    make_wav(tmp_path / "recordings/calls/incoming" / f"{CALL}.wav", seconds=4.0)
    await add_call(database, ended_after=40.0)
    await keeper.step()
    assert (await row(database)).state == "partial"


async def test_a_kill_between_move_and_row_is_made_good(database, keeper, make_wav, tmp_path):
    make_wav(tmp_path / "recordings/calls/2026-11-22" / f"{CALL}.wav", seconds=9.5)
    await add_call(database)
    assert len(await keeper.step()) == 1
    assert (await row(database)).state == "complete"


async def test_a_missing_file_is_waited_for_and_then_called_missing(database, keeper, tmp_path):
    await add_call(database, ended_after=40.0)
    assert await keeper.step() == []
    assert (await row(database)).state == "recording"
    later = RecordingKeeper(database, tmp_path / "recordings", lambda: START + timedelta(minutes=5))
    assert await later.step() == []
    assert (await row(database)).state == "missing"


async def test_a_header_without_sound_is_flagged_however_short_the_call_was(database, keeper, make_wav, tmp_path):
    make_wav(tmp_path / "recordings/calls/incoming" / f"{CALL}.wav", seconds=0.0)
    await add_call(database, ended_after=0.5)
    await keeper.step()
    assert (await row(database)).state == "partial"


async def test_what_is_no_sound_is_partial_not_lost(database, keeper, tmp_path):
    incoming = tmp_path / "recordings/calls/incoming"
    incoming.mkdir(parents=True)
    (incoming / f"{CALL}.wav").write_bytes(b"")
    await add_call(database)
    await keeper.step()
    assert (await row(database)).state == "partial"


async def test_a_call_that_goes_on_is_left_alone(database, keeper, make_wav, tmp_path):
    path = make_wav(tmp_path / "recordings/calls/incoming" / f"{CALL}.wav")
    await add_call(database, ended_after=None)
    assert await keeper.step() == []
    assert path.exists()


async def test_a_sick_disk_delays_and_loses_nothing(database, keeper, make_wav, tmp_path, monkeypatch):
    path = make_wav(tmp_path / "recordings/calls/incoming" / f"{CALL}.wav", seconds=9.5)
    await add_call(database)

    def refuse(*_arguments, **_named):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.mkdir", refuse)
        assert await keeper.step() == []
    assert path.exists()
    assert (await row(database)).state == "recording"
    assert len(await keeper.step()) == 1
