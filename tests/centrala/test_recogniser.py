"""A recording is heard by the real recogniser in its own process: who said what, and when; and what may go wrong."""

import asyncio
import os
import shutil
import signal
import wave
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from centrala.doctor.finding import Level
from centrala.doctor.recogniser import check_recogniser
from centrala.recogniser import InstalledModel, NoModelError, installed_model, recogniser_of
from centrala.settings import Settings, SpeechSettings
from recordings.line_process import LineProcess, LineProcessError
from recordings.month_keys import MonthKeys
from recordings.sealing import SealJob, seal_job
from recordings.transcriber import TranscribeError
from speech.audio import RATE, to_telephone
from speech.espeak import Espeak
from storage.recording_repository import Recording

MODEL = Path(__file__).parents[1] / "speech" / "model"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
NAME = "1795317647.0"


def write(path, *parts):
    """Write a telephone WAV of words and of seconds of silence."""
    sound = [
        to_telephone(*Espeak().synthesise(part, "sr"))
        if isinstance(part, str)
        else np.zeros(int(part * RATE), np.int16)
        for part in parts
    ]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.concatenate(sound).astype("<i2").tobytes())
    return path


@pytest.fixture
def keys(tmp_path):
    return MonthKeys(tmp_path / "keys", b"m" * 32)


@pytest.fixture
def recording(tmp_path, keys):
    """The caller says water, then the operator says status, each in its lane."""
    sources = (
        write(tmp_path / "caller.wav", 0.5, "voda", 5.0),
        write(tmp_path / "system.wav", 3.0, "status", 1.0),
    )
    done = seal_job(SealJob(NAME, NOW, sources, tmp_path / "recordings" / f"{NAME}.sealed"), keys, NOW)
    return Recording(
        id=NAME, linkedid=NAME, path=f"{NAME}.sealed", kind="call", started_at=NOW, state="complete",
        seconds=done.seconds,
    )  # fmt: skip


def recogniser_for(tmp_path, keys, model=MODEL):
    return recogniser_of(InstalledModel(model, ("sr",)), keys, tmp_path / "recordings")


async def test_it_is_known_who_said_what_and_when(tmp_path, keys, recording):
    recogniser = recogniser_for(tmp_path, keys)
    try:
        said = await recogniser.hear(recording)
        assert [(one.lane, one.text) for one in said] == [(0, "voda"), (1, "status")]
        assert 0.3 < said[0].begins < said[0].ends < 2.0
        assert 2.8 < said[1].begins < said[1].ends < 4.5
        assert await recogniser.hear(recording) == said
    finally:
        await recogniser.rest()


async def test_a_mixed_recording_does_not_pretend_to_know_who_spoke(tmp_path, keys, recording):
    source = write(tmp_path / "mixed.wav", 0.5, "voda", 0.5)
    seal_job(SealJob(NAME, NOW, (source,), tmp_path / "recordings" / f"{NAME}.sealed"), keys, NOW)
    recogniser = recogniser_for(tmp_path, keys)
    try:
        assert [(one.lane, one.text) for one in await recogniser.hear(recording)] == [(2, "voda")]
    finally:
        await recogniser.rest()


async def test_a_damaged_model_or_recording_is_an_answer_and_the_next_one_is_heard(tmp_path, keys, recording):
    shutil.copytree(MODEL, tmp_path / "model")
    (tmp_path / "model" / "am" / "final.mdl").write_bytes(b"\0B rubbish")
    broken = recogniser_for(tmp_path, keys, tmp_path / "model")
    with pytest.raises(TranscribeError, match="install it again"):
        await broken.hear(recording)
    await broken.rest()
    recogniser = recogniser_for(tmp_path, keys)
    try:
        path = tmp_path / "recordings" / recording.path
        whole = path.read_bytes()
        path.write_bytes(whole[:-1])
        with pytest.raises(TranscribeError, match="TamperedError"):
            await recogniser.hear(recording)
        path.unlink()
        with pytest.raises(TranscribeError, match="FileNotFoundError"):
            await recogniser.hear(recording)
        path.write_bytes(whole)
        assert len(await recogniser.hear(recording)) == 2
    finally:
        await recogniser.rest()


async def test_a_model_that_ends_the_process_costs_a_try_not_the_console(tmp_path, keys, recording):
    shutil.copytree(MODEL, tmp_path / "model")
    (tmp_path / "model" / "conf" / "model.conf").write_text("# --endpoint.silence-phones\n")
    recogniser = recogniser_for(tmp_path, keys, tmp_path / "model")
    with pytest.raises(TranscribeError, match="it ended"):
        await recogniser.hear(recording)
    await recogniser.rest()


async def test_the_process_runs_last_and_ends_when_it_is_killed_or_late(tmp_path, keys):
    first = {"folder": str(keys.folder), "master": keys.master.hex(), "model": str(MODEL)}
    process = LineProcess("centrala.transcribing_worker", first)
    try:
        asked = {"recording": NAME, "path": str(tmp_path / "none.sealed")}
        assert "FileNotFoundError" in str((await process.ask(asked, within=60))["error"])
        assert process.pid is not None
        assert os.getpriority(os.PRIO_PROCESS, process.pid) == 19
        os.kill(process.pid, signal.SIGSTOP)
        with pytest.raises(LineProcessError, match="TimeoutError"):
            await process.ask(asked, within=0.2)
        assert process.pid is None
        waiting = asyncio.create_task(process.ask(asked, within=60))
        while process.pid is None:
            await asyncio.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        with pytest.raises(LineProcessError):
            await waiting
        assert "error" in await process.ask(asked, within=60)
    finally:
        await process.close()


def settings_with(model="", languages="sr"):
    return Settings(speech=SpeechSettings(vosk_model=str(model), vosk_languages=languages))


def test_whether_there_is_a_model_and_why_not(tmp_path):
    assert installed_model(settings_with(MODEL, "sr, hu")) == InstalledModel(MODEL, ("sr", "hu"))
    for settings, why, wanted in (
        (settings_with(), "no model is installed", False),
        (settings_with(tmp_path), "am/final.mdl is missing", True),
        (settings_with(MODEL, " , "), "names no language", True),
    ):
        with pytest.raises(NoModelError, match=why) as refused:
            installed_model(settings)
        assert refused.value.wanted is wanted


def test_the_doctor_says_why_recordings_have_no_text(tmp_path):
    good = check_recogniser(settings_with(MODEL))
    assert (good.level, good.text) == (Level.OK, "calls in sr get one, by model")
    none = check_recogniser(settings_with())
    assert none.level is Level.OK
    assert "speech.vosk_model is empty" in none.text
    assert check_recogniser(settings_with(tmp_path)).level is Level.WARNING
