import asyncio
import os
import signal
from pathlib import Path

import pytest

from calls.ports import SpeechError
from speech.audio import silence
from speech.espeak import Espeak
from speech.sentence_speaker import EspeakSentenceSpeaker
from speech.sound_cache import FRESH_SECONDS, SoundCache

SILENT_PROCESS = "import signal, os; open(__file__ + '.pid', 'w').write(str(os.getpid())); signal.pause()"


async def test_a_sentence_is_made_once(tmp_path):
    speaker = EspeakSentenceSpeaker(Espeak(), tmp_path)
    first = await speaker.speak("Prijava je primljena.", "sr")
    made = {path: path.stat().st_ino for path in tmp_path.iterdir()}
    assert {path.name for path in made} == {f"{first.name}.ulaw", f"{first.name}.alaw"}
    assert await speaker.speak("  Prijava je\nprimljena. ", "sr") == first
    assert {path: path.stat().st_ino for path in tmp_path.iterdir()} == made
    assert await speaker.speak("Prijava je primljena.", "sk") != first


async def test_many_callers_at_once(tmp_path):
    speaker = EspeakSentenceSpeaker(Espeak(), tmp_path, time_limit=30)
    texts = ["jedan", "dva", "tri", "jedan", "dva", "tri", "jedan"]
    paths = await asyncio.gather(*(speaker.speak(text, "sr") for text in texts))
    assert len(set(paths)) == 3
    assert not list(tmp_path.glob("*.part"))


async def test_a_sound_used_again_does_not_look_changed(tmp_path):
    speaker = EspeakSentenceSpeaker(Espeak(), tmp_path)
    path = Path(f"{await speaker.speak('Dobar dan', 'sr')}.ulaw")
    os.utime(path, (1, 1))
    await speaker.speak("Dobar dan", "sr")
    assert path.stat().st_mtime == 1
    assert path.stat().st_atime > 1


async def test_a_damaged_sound_is_made_again(tmp_path):
    speaker = EspeakSentenceSpeaker(Espeak(), tmp_path)
    path = await speaker.speak("Rok je sutra.", "sr")
    whole = Path(f"{path}.ulaw").read_bytes()
    Path(f"{path}.ulaw").write_bytes(whole[:10])
    assert await speaker.speak("Rok je sutra.", "sr") == path
    assert Path(f"{path}.ulaw").read_bytes() == whole


async def test_a_frozen_program_is_ended_in_time(tmp_path, program):
    speaker = EspeakSentenceSpeaker(program(SILENT_PROCESS), tmp_path / "said", time_limit=1.0)
    with pytest.raises(SpeechError, match="within 1 s"):
        await speaker.speak("Dobar dan", "sr")
    pid = int((tmp_path / "fake_espeak.py.pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)


async def test_after_three_failures_it_is_not_started_until_the_pause_is_over(tmp_path, program, starts):
    now = [0.0]
    speaker = EspeakSentenceSpeaker(program("raise SystemExit(1)"), tmp_path / "said", monotonic=lambda: now[0])
    for _ in range(3):
        with pytest.raises(SpeechError, match="failed"):
            await speaker.speak("Dobar dan", "sr")
    with pytest.raises(SpeechError, match="not tried"):
        await speaker.speak("Dobar dan", "sr")
    assert starts() == 3
    now[0] = 16
    with pytest.raises(SpeechError, match="failed"):
        await speaker.speak("Dobar dan", "sr")
    assert starts() == 4


async def test_what_is_in_the_cache_is_spoken_without_the_program(tmp_path):
    path = await EspeakSentenceSpeaker(Espeak(), tmp_path).speak("Dobar dan", "sr")
    broken = EspeakSentenceSpeaker(Espeak(("/nowhere",)), tmp_path)
    assert await broken.speak("Dobar dan", "sr") == path
    with pytest.raises(SpeechError):
        await broken.speak("Laku noć", "sr")


async def test_an_unspeakable_text_is_not_the_programs_fault(tmp_path):
    speaker = EspeakSentenceSpeaker(Espeak(), tmp_path)
    for _ in range(5):
        with pytest.raises(SpeechError, match="nothing to speak"):
            await speaker.speak("…", "sr")
    assert (await speaker.speak("Dobar dan", "sr")).parent == tmp_path


async def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "said").write_text("a file stands where the folder should be")
    with pytest.raises(SpeechError, match="could not be spoken"):
        await EspeakSentenceSpeaker(Espeak(), tmp_path / "said").speak("Dobar dan", "sr")


def test_the_cache_drops_what_was_not_used_longest(tmp_path):
    now = [1_000_000.0]
    cache = SoundCache(tmp_path, limit_bytes=10 * 8000, clock=lambda: now[0])
    for number in range(4):
        os.utime(f"{cache.store(f's{number}', silence(1))}.ulaw", (now[0], now[0]))
        assert cache.find(f"s{number}")
        now[0] += 60
    assert cache.find("s0"), "used again: now s1 is the oldest"
    now[0] += 60
    cache.store("s4", silence(1))
    os.utime(tmp_path / "s4.ulaw", (now[0], now[0]))
    cache.store("s5", silence(1))
    assert cache.find("s1") is None
    assert cache.find("s0")
    assert cache.find("s5")
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 10 * 8000


def test_the_cache_keeps_what_may_be_playing(tmp_path):
    now = [1_000_000.0]
    cache = SoundCache(tmp_path, limit_bytes=1, clock=lambda: now[0])
    stem = cache.store("now", silence(1))
    assert cache.find("now") == stem
    now[0] += FRESH_SECONDS - 1
    cache.store("other", silence(1))
    assert Path(f"{stem}.ulaw").exists()
