"""A finished recording comes home: sealed, mended, measured, its row completed; and again after a kill."""

import asyncio
import contextlib
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import insert

from recordings.keeper import RecordingKeeper
from recordings.leftovers import remove_leftovers
from recordings.month_keys import MonthKeys
from recordings.opus import decode
from recordings.sealing import seal_job
from recordings.vault import open_sealed
from storage import recording_repository
from storage.tables import calls

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
CALL = "1795317647.0"


def keys_in(tmp_path):
    return MonthKeys(tmp_path / "keys", b"m" * 32)


def keeper_at(database, tmp_path, now):
    async def seal(job):
        return await asyncio.to_thread(seal_job, job, keys_in(tmp_path), now)

    return RecordingKeeper(database, tmp_path / "recordings", lambda: now, seal)


def incoming(tmp_path, side):
    return tmp_path / "recordings/calls/incoming" / f"{CALL}-{side}.wav"


def sound_of(tmp_path, found):
    """Return rate and samples of what is kept."""
    sealed = open_sealed(tmp_path / "recordings" / found.path, found.id, keys_in(tmp_path))
    return decode(sealed.read("sound"))


@pytest.fixture
def keeper(database, tmp_path):
    return keeper_at(database, tmp_path, START + timedelta(minutes=1))


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
    assert (found.state, found.path) == ("complete", f"calls/2026-11-22/{CALL}.sealed")
    assert (tmp_path / "recordings" / found.path).stat().st_size == found.bytes
    assert list((tmp_path / "recordings").rglob("*.wav")) == [], "nothing lies in the clear"
    assert await keeper.step() == []


async def test_the_callers_side_is_left_and_the_operators_right(database, keeper, make_wav, tmp_path):
    make_wav(incoming(tmp_path, "caller"), tones=(440.0,), seconds=9.5)
    make_wav(incoming(tmp_path, "system"), tones=(1000.0,), seconds=8.0)
    await add_call(database)
    assert len(await keeper.step()) == 1
    found = await row(database)
    assert (found.state, found.seconds) == ("complete", 9.5)
    rate, samples = sound_of(tmp_path, found)
    assert samples.shape[1] == 2
    for column, here, there in ((0, 440.0, 1000.0), (1, 1000.0, 440.0)):
        side = samples[: 7 * rate, column] / 32768
        levels = [
            abs(np.mean(side * np.exp(-2j * np.pi * hertz * np.arange(len(side)) / rate))) for hertz in (here, there)
        ]
        assert levels[0] > 20 * levels[1]
    assert list((tmp_path / "recordings").rglob("*.wav")) == []


async def test_one_side_alone_is_kept_with_silence_beside_it(database, keeper, make_wav, tmp_path):
    make_wav(incoming(tmp_path, "system"), seconds=9.5, killed=True)
    await add_call(database)
    await keeper.step()
    found = await row(database)
    assert found.state == "repaired"
    _, samples = sound_of(tmp_path, found)
    assert abs(samples[:, 0]).max() < 200 < abs(samples[:, 1]).max()


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
    later = keeper_at(database, tmp_path, START + timedelta(minutes=5))
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
        patch.setattr("recordings.vault.os.fsync", refuse)
        assert await keeper.step() == []
    assert path.exists()
    assert (await row(database)).state == "recording"
    assert len(await keeper.step()) == 1


async def test_it_is_idle_only_when_nothing_waits_to_be_sealed(database, keeper, make_wav, tmp_path, monkeypatch):
    make_wav(tmp_path / "recordings/calls/incoming" / f"{CALL}.wav", seconds=9.5)
    assert not keeper.is_idle, "nothing was looked at yet"
    await keeper.step()
    assert keeper.is_idle
    await add_call(database)

    def refuse(*_arguments, **_named):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("recordings.vault.os.fsync", refuse)
        await keeper.step()
    assert not keeper.is_idle, "one waits"
    await keeper.step()
    assert not keeper.is_idle, "there was one"
    await keeper.step()
    assert keeper.is_idle


class Killed(BaseException):
    """What a kill is: nothing after it runs, no `except` sees it."""


_STEPS = ("os.fsync", "os.open", "pathlib.Path.replace", "pathlib.Path.unlink", "os.link")


def kill_at(patch, number):
    """Have the process die at its `number`-th touch of the disk, before or after the touch by turns."""
    count = 0

    def wrap(name, real):
        def touch(*arguments, **named):
            nonlocal count
            count += 1
            if count == number:
                if number % 2:
                    real(*arguments, **named)
                raise Killed(name)
            if count > number:
                raise Killed("dead already")
            return real(*arguments, **named)

        return touch

    for name in _STEPS:
        module, attribute = name.rsplit(".", 1)
        owner = {"os": os, "pathlib.Path": Path}[module]
        patch.setattr(owner, attribute, wrap(name, getattr(owner, attribute)))
    return lambda: count


@pytest.mark.parametrize("number", range(1, 18))
async def test_a_kill_at_any_step_loses_nothing(database, make_wav, tmp_path, monkeypatch, number):
    """After it the sound is in the clear or sealed, and the next start has it sealed, once, with nothing left over."""
    make_wav(incoming(tmp_path, "caller"), seconds=3.0)
    make_wav(incoming(tmp_path, "system"), seconds=3.0, tones=(1000.0,))
    await add_call(database, ended_after=3.0)
    now = START + timedelta(minutes=1)

    async def seal(job):  # in this thread: a kill stops all of it
        return seal_job(job, keys_in(tmp_path), now)

    async def here(work, *arguments):
        return work(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr("recordings.keeper.asyncio.to_thread", here)
        touched = kill_at(patch, number)
        with contextlib.suppress(Killed):
            await RecordingKeeper(database, tmp_path / "recordings", lambda: now, seal).step()
    if touched() < number:  # so many steps there are not: it came to its end
        assert (await row(database)).state == "complete"
    after = keeper_at(database, tmp_path, now)
    await after.step()
    found = await row(database)
    assert found.state == "complete"
    _, samples = sound_of(tmp_path, found)
    assert abs(samples).max(axis=0).min() > 3000, "both sides are there"
    kept = [path.name for path in (tmp_path / "recordings").rglob("*") if path.is_file()]
    assert kept == [f"{CALL}.sealed"], "nothing in the clear, nothing half written"


async def test_a_restored_database_finds_what_was_sealed_after_its_backup(database, keeper, make_wav, tmp_path):
    make_wav(incoming(tmp_path, "caller"), seconds=9.5)
    make_wav(incoming(tmp_path, "system"), seconds=9.5)
    await add_call(database)
    await keeper.step()
    async with database.begin() as connection:
        await recording_repository.finish(
            connection, CALL, state="recording", seconds=None, size=None, path=f"calls/incoming/{CALL}.wav"
        )
    assert len(await keeper.step()) == 1
    found = await row(database)
    assert (found.state, found.seconds, found.path) == ("complete", 9.5, f"calls/2026-11-22/{CALL}.sealed")


async def test_messages_and_old_calls_in_the_clear_are_sealed_one_by_one(database, keeper, make_wav, tmp_path):
    for name in ("messages/2026-11-22/m-1.wav", "calls/2026-11-21/1795000000.0.wav", "orders/2026-11-22/gone.wav"):
        if "gone" not in name:
            make_wav(tmp_path / "recordings" / name, seconds=2.0)
        async with database.begin() as connection:
            await recording_repository.add(
                connection,
                recording_repository.Recording(
                    id=Path(name).stem, linkedid=CALL, path=name, kind="message", started_at=START, state="complete"
                ),
            )
    for _ in range(4):
        await keeper.step()
    async with database.read() as connection:
        paths = await recording_repository.known_paths(connection)
        message = await recording_repository.get(connection, "m-1")
    sealed = {"messages/2026-11-22/m-1.sealed", "calls/2026-11-21/1795000000.0.sealed"}
    assert paths == sealed | {"orders/2026-11-22/gone.wav"}
    assert (message.state, message.seconds) == ("complete", 2.0)
    assert [path.name for path in (tmp_path / "recordings").rglob("*.wav")] == []


async def test_a_file_that_is_not_ours_is_never_removed(database, keeper, make_wav, tmp_path):
    make_wav(incoming(tmp_path, "caller"), seconds=9.5)
    await add_call(database)
    await keeper.step()
    stranger = make_wav(tmp_path / "recordings/calls/2026-11-22/other.wav", seconds=1.0)
    late = tmp_path / "recordings/calls/incoming" / f"{CALL}-caller.wav"
    shutil.copy(stranger, late)
    assert await remove_leftovers(database, tmp_path / "recordings") == 1
    assert stranger.exists()
    assert not late.exists(), "its row names the sealed file"
