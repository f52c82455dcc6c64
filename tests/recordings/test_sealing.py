"""Mend, join, encode, encrypt: in this process, and in the one that does it for the console."""

import os
import signal
import wave
from datetime import UTC, datetime
from io import BytesIO

import numpy as np
import pytest

from recordings.lanes import open_lanes, peaks_of
from recordings.month_keys import MonthKeys
from recordings.opus import decode, encode
from recordings.sealer import Sealer, SealingError
from recordings.sealing import SealJob, seal_job
from recordings.vault import open_sealed

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
NAME = "1795317647.0"


@pytest.fixture
def keys(tmp_path):
    return MonthKeys(tmp_path / "keys", b"m" * 32)


def job(tmp_path, *sources):
    return SealJob(NAME, NOW, sources, tmp_path / "kept" / f"{NAME}.sealed")


def test_both_sides_become_two_channels_with_peaks(tmp_path, keys, make_wav):
    left = make_wav(tmp_path / "l.wav", seconds=2.0, amplitude=0.5)
    right = make_wav(tmp_path / "r.wav", seconds=1.0, amplitude=0.1)
    done = seal_job(job(tmp_path, left, right), keys, NOW)
    assert (done.seconds, done.mended, done.readable) == (2.0, False, True)
    assert left.exists(), "whoever asked removes the sources"
    sealed = open_sealed(tmp_path / "kept" / f"{NAME}.sealed", NAME, keys)
    rate, samples = decode(sealed.read("sound"))
    assert abs(len(samples) / rate - 2.0) < 0.05
    assert samples.shape[1] == 2
    lanes, *levels = sealed.read("peaks")
    assert lanes == 2
    peaks = np.array(levels, np.uint8).reshape(2, -1)
    assert peaks.shape[1] == 40
    assert abs(int(peaks[0].max()) - 128) <= 2
    assert peaks[1, :19].min() > 20
    assert peaks[1, 21:].max() == 0, "the shorter side ends in silence"


def test_opus_is_a_small_fraction_of_the_wav_and_keeps_the_length(make_wav, tmp_path):
    lanes = open_lanes([make_wav(tmp_path / "a.wav", seconds=30.0), make_wav(tmp_path / "b.wav", seconds=30.0)])
    data = encode(lanes.blocks(), lanes.rate, lanes.channels)
    assert len(data) < 0.25 * 30 * 8000 * 2 * 2
    rate, samples = decode(data)
    assert abs(len(samples) / rate - 30.0) < 0.05


def test_a_rate_that_opus_does_not_take_is_kept_as_wav(tmp_path, keys):
    path = tmp_path / "odd.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(11025)
        file.writeframes(b"\x01\x02" * 11025)
    seal_job(job(tmp_path, path), keys, NOW)
    sealed = open_sealed(tmp_path / "kept" / f"{NAME}.sealed", NAME, keys)
    assert sealed.part("sound").media == "audio/wav"
    with wave.open(BytesIO(sealed.read("sound"))) as file:
        assert file.readframes(11025) == b"\x01\x02" * 11025


def test_what_is_no_sound_is_kept_as_it_is(tmp_path, keys):
    (tmp_path / "l.wav").write_bytes(b"not a wav file at all")
    (tmp_path / "r.wav").write_bytes(b"nor this")
    done = seal_job(job(tmp_path, tmp_path / "l.wav", tmp_path / "r.wav"), keys, NOW)
    assert (done.readable, done.seconds) == (False, 0.0)
    sealed = open_sealed(tmp_path / "kept" / f"{NAME}.sealed", NAME, keys)
    assert (sealed.read("sound"), sealed.read("raw1")) == (b"not a wav file at all", b"nor this")


def test_peaks_of_hours_stay_few(tmp_path, make_wav):
    lanes = open_lanes([make_wav(tmp_path / "long.wav", seconds=600.0)])
    assert len(peaks_of(lanes)) <= 4000


async def test_the_process_that_seals_works_dies_and_is_started_again(tmp_path, keys, make_wav):
    sealer = Sealer(keys)
    try:
        source = make_wav(tmp_path / "l.wav", seconds=2.0)
        done = await sealer.seal(job(tmp_path, source))
        assert done.seconds == 2.0
        open_sealed(tmp_path / "kept" / f"{NAME}.sealed", NAME, keys).verify()
        first = sealer.pid
        os.kill(first, signal.SIGKILL)
        with pytest.raises(SealingError):
            await sealer.seal(job(tmp_path, source))
        assert (await sealer.seal(job(tmp_path, source))).seconds == 2.0
        assert sealer.pid != first
        assert os.getpriority(os.PRIO_PROCESS, sealer.pid) == 10, "calls come first"
        with pytest.raises(SealingError, match=r"FileExistsError|NotADirectoryError"):
            await sealer.seal(SealJob(NAME, NOW, (source,), source / "under-a-file.sealed"))
    finally:
        await sealer.close()
    assert sealer.pid is None
