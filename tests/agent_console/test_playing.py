"""Sealed recordings over HTTP: any range, and never a byte of what was tampered with."""

import os
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from recordings.vault import CHUNK, Part, seal
from storage.tables import alarms, recordings
from tests.agent_console.conftest import NOW
from tests.agent_console.test_calls_api import CALL, audits, store_call

SOUND = os.urandom(3 * CHUNK + 100)
MEDIA = f"/api/v1/calls/{CALL}/recordings/rec-1/media"


@pytest.fixture
async def sealed(console):
    """A call with a sealed recording; return its file."""
    await store_call(console)
    path = console.deps.recordings_dir / "calls/2026-11-22/rec-1.sealed"
    parts = {"peaks": Part("application/octet-stream", b"\x00\x7f\xff\x10"), "sound": Part("audio/ogg", SOUND)}
    seal(path, "rec-1", console.deps.recording_keys.for_sealing("2026-11"), parts, seconds=40.0)
    async with console.deps.database.begin() as connection:
        values = {"id": "rec-1", "linkedid": CALL, "path": "calls/2026-11-22/rec-1.sealed", "kind": "call"}
        await connection.execute(
            insert(recordings).values(values | {"started_at": NOW, "state": "complete", "seconds": 40.0})
        )
    return path


async def listen(console, wanted="", user="vera", path=MEDIA):
    headers = {"Range": wanted} if wanted else {}
    return await console.ask("GET", path, user=user, params={"purpose": "pritužba"}, headers=headers)


@pytest.mark.parametrize(
    ("wanted", "start", "stop"),
    [
        ("bytes=0-", 0, len(SOUND)),
        ("bytes=4-7", 4, 8),
        (f"bytes={CHUNK - 5}-{CHUNK + 5}", CHUNK - 5, CHUNK + 6),
        (f"bytes={2 * CHUNK}-", 2 * CHUNK, len(SOUND)),
        ("bytes=-100", len(SOUND) - 100, len(SOUND)),
        (f"bytes=10-{10 * len(SOUND)}", 10, len(SOUND)),
    ],
)
async def test_a_range_is_that_piece_of_the_sound(console, sealed, wanted, start, stop):
    answer = await listen(console, wanted)
    assert answer.status == 206
    assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{len(SOUND)}"
    assert answer.headers["Content-Type"] == "audio/ogg"
    assert await answer.read() == SOUND[start:stop]
    assert len(await audits(console, "recording_listened")) == 1


async def test_without_a_range_the_whole_is_sent(console, sealed):
    answer = await listen(console)
    assert (answer.status, answer.headers["Accept-Ranges"], answer.headers["Cache-Control"]) == (
        200,
        "bytes",
        "no-store",
    )
    assert await answer.read() == SOUND


@pytest.mark.parametrize("wanted", [f"bytes={len(SOUND)}-", "bytes=9-3", "metres=1-2"])
async def test_what_lies_outside_is_refused(console, sealed, wanted):
    answer = await listen(console, wanted)
    assert answer.status == 416
    assert (await answer.json(content_type=None))["error_id"] == "range_outside"


async def state_and_alarm(console):
    async with console.deps.database.read() as connection:
        state = (await connection.execute(select(recordings.c.state).where(recordings.c.id == "rec-1"))).scalar()
        raised = (await connection.execute(select(alarms.c.id, alarms.c.level))).all()
    return state, raised


@pytest.mark.parametrize("place", [0, 60, -1])
async def test_a_changed_file_is_not_played_and_an_alarm_says_so(console, sealed, place):
    raw = bytearray(sealed.read_bytes())
    raw[place] ^= 1
    sealed.write_bytes(raw)
    answer = await listen(console, "bytes=-10")
    assert answer.status == 409
    assert (await answer.json(content_type=None))["error_id"] == "recording_damaged"
    assert await state_and_alarm(console) == ("damaged", [("recording_damaged:rec-1", "critical")])


async def test_a_change_in_the_middle_ends_the_answer_and_is_never_sent(console, sealed):
    raw = bytearray(sealed.read_bytes())
    raw[-(2 * CHUNK)] ^= 1
    sealed.write_bytes(raw)
    answer = await listen(console)
    with pytest.raises(Exception, match=r"payload|Connection|closed|disconnect"):
        await answer.read()
    assert (await state_and_alarm(console))[0] == "damaged"


async def test_a_month_without_its_key_is_gone(console, sealed):
    console.deps.recording_keys.destroy("2026-11")
    answer = await listen(console)
    assert answer.status == 410
    assert (await answer.json(content_type=None))["error_id"] == "recording_gone"
    assert (await state_and_alarm(console))[0] == "complete", "nobody tampered with it"


async def test_a_call_that_goes_on_has_nothing_to_hear_yet(console):
    await store_call(console)
    async with console.deps.database.begin() as connection:
        values = {"id": "rec-1", "linkedid": CALL, "path": "calls/incoming/x.wav", "kind": "call"}
        started = {"started_at": NOW - timedelta(minutes=1), "state": "recording"}
        await connection.execute(insert(recordings).values(values | started))
    answer = await listen(console)
    assert answer.status == 409
    assert (await answer.json(content_type=None))["error_id"] == "recording_waits"
