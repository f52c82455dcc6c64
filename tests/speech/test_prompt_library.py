import wave

import numpy as np
import pytest

from calls.g711 import from_ulaw
from calls.ports import SpeechError
from speech.audio import RATE
from speech.espeak import Espeak
from speech.prompt_library import build, missing
from speech.prompt_manifest import read_manifest

TEXTS = {
    "sr": {"menu.main": "Za informacije pritisnite jedan.", "digits.0": "nula"},
    "hu": {"menu.main": "Tájékoztatáshoz nyomja meg az egyest.", "digits.0": "nulla"},
}


def quiet(done, total, name):
    """Progress that nobody looks at."""


def record(path, seconds=1.0, rate=44100, channels=2, width=2):
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = np.sin(2 * np.pi * 600 * np.arange(int(seconds * rate)) / rate) * 8000
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(np.repeat(samples.astype(f"<i{width}"), channels).tobytes())


@pytest.fixture
def out(tmp_path):
    return tmp_path / "prompts"


def test_everything_is_built_then_kept(out, recorded):
    seen = []
    report = build(TEXTS, recorded, out, lambda done, total, name: seen.append((done, total, name)))
    assert (report.built, report.kept, report.failed, report.warnings) == (4, 0, (), ())
    assert [(done, total) for done, total, _ in seen] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert {name for _, _, name in seen} == {"sr/menu.main", "sr/digits.0", "hu/menu.main", "hu/digits.0"}
    size = (out / "sr" / "menu.main.ulaw").stat().st_size
    assert (out / "sr" / "menu.main.alaw").stat().st_size == size
    entry = read_manifest(out)["sr/menu.main"]
    assert entry.seconds == pytest.approx(size / RATE, abs=0.001)
    assert entry.level == pytest.approx(-19, abs=0.5)
    assert missing(TEXTS, out) == []
    again = build(TEXTS, recorded, out, quiet)
    assert (again.built, again.kept) == (0, 4)


def test_a_changed_text_is_missing_until_it_is_built(out, recorded):
    build(TEXTS, recorded, out, quiet)
    changed = {**TEXTS, "sr": {**TEXTS["sr"], "menu.main": "Za prijavu pritisnite dva."}}
    assert missing(changed, out) == [("sr", "menu.main")]
    assert build(changed, recorded, out, quiet).built == 1
    assert missing(changed, out) == []


def test_lost_and_damaged_sounds_are_noticed_and_mended(out, recorded):
    build(TEXTS, recorded, out, quiet)
    (out / "sr" / "digits.0.alaw").unlink()
    (out / "hu" / "menu.main.ulaw").write_bytes(b"")
    assert missing(TEXTS, out) == [("sr", "digits.0"), ("hu", "menu.main")]
    assert build(TEXTS, recorded, out, quiet).built == 2
    assert missing(TEXTS, out) == []


def test_an_unreadable_manifest_means_a_new_build(out, recorded):
    build(TEXTS, recorded, out, quiet)
    (out / "manifest.json").write_text('{"format": 1, "sounds": {"sr/menu.main": {"key": 1}}}')
    assert len(missing(TEXTS, out)) == 4
    assert build(TEXTS, recorded, out, quiet).built == 4


def test_what_nobody_needs_is_removed(out, recorded):
    build(TEXTS, recorded, out, quiet)
    (out / "sr" / ".half.part").write_bytes(b"x")
    (out / "said").mkdir()
    (out / "said" / "sentence.ulaw").write_bytes(b"x")
    report = build({"sr": {"digits.0": "nula"}}, recorded, out, quiet)
    assert set(report.removed) == {
        "sr/.half.part",
        *(f"{name}.{law}" for name in ("sr/menu.main", "hu/menu.main", "hu/digits.0") for law in ("ulaw", "alaw")),
    }
    assert (out / "said" / "sentence.ulaw").exists()
    assert set(read_manifest(out)) == {"sr/digits.0"}


def test_a_recorded_voice_wins(out, recorded):
    build(TEXTS, recorded, out, quiet)
    record(recorded / "sr" / "menu.main.wav", seconds=2)
    report = build(TEXTS, recorded, out, quiet)
    assert (report.built, report.recorded) == (1, 1)
    sound = from_ulaw((out / "sr" / "menu.main.ulaw").read_bytes())
    assert sound.size / RATE == pytest.approx(2.18, abs=0.05)
    other = {**TEXTS, "sr": {**TEXTS["sr"], "menu.main": "Reči na snimku ne zavise od ovog teksta."}}
    assert missing(other, out) == []
    (recorded / "sr" / "menu.main.wav").unlink()
    assert build(TEXTS, recorded, out, quiet).built == 1
    assert read_manifest(out)["sr/menu.main"].source == "synthesised"


def test_a_broken_recording_is_told_and_synthesised(out, recorded):
    record(recorded / "sr" / "menu.main.wav", width=1)
    record(recorded / "hu" / "menu.main.wav")
    whole = (recorded / "hu" / "menu.main.wav").read_bytes()
    (recorded / "hu" / "menu.main.wav").write_bytes(whole[: len(whole) // 2])
    (recorded / "sr" / "digits.0.wav").write_bytes(b"not a sound")
    record(recorded / "hu" / "digits.0.wav", seconds=0)
    report = build(TEXTS, recorded, out, quiet)
    assert len(report.warnings) == 4
    assert all(str(recorded) in line and "synthesised voice is used" in line for line in report.warnings)
    assert "8 bit, 2 channels; save it again as WAV, PCM 16 bit" in report.warnings[3]
    assert missing(TEXTS, out) == []
    again = build(TEXTS, recorded, out, quiet)
    assert (again.built, len(again.warnings)) == (0, 4), "told again, not made again"


def test_one_prompt_that_cannot_be_made_does_not_stop_the_others(out, recorded):
    report = build({"sr": {"a": "…", "b": "dobar dan"}}, recorded, out, quiet)
    assert report.built == 1
    assert report.failed == ("sr/a: nothing to speak in '…'",)
    assert missing({"sr": {"a": "…", "b": "dobar dan"}}, out) == [("sr", "a")]


def test_asterisks_own_sounds_are_ours(out, recorded):
    build({}, recorded, out, quiet)
    assert (out / "beep.ulaw").stat().st_size == RATE // 4
    assert (out / "silence" / "5.alaw").stat().st_size == 5 * RATE
    assert not from_ulaw((out / "silence" / "1.ulaw").read_bytes()).any()


@pytest.mark.parametrize("prompt", ["../up", "a/b", "", ".hidden", "A", "a..b", "č"])
def test_an_id_that_cannot_be_a_file_name_is_refused(out, recorded, prompt):
    with pytest.raises(ValueError, match="prompt id"):
        build({"sr": {prompt: "tekst"}}, recorded, out, quiet)


def test_a_language_without_voice_is_refused(out, recorded):
    with pytest.raises(ValueError, match="no voice for this language; known: sr, en"):
        build({"xx": {"a": "b"}}, recorded, out, quiet)


def test_without_espeak_nothing_is_half_done(out, recorded):
    with pytest.raises(SpeechError, match="does not start"):
        build(TEXTS, recorded, out, quiet, espeak=Espeak(("/nowhere/espeak-ng",)))
    assert not out.exists()


def test_an_interrupted_build_keeps_what_it_made(out, recorded):
    def interrupt(done, total, name):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(TEXTS, recorded, out, interrupt)
    assert build(TEXTS, recorded, out, quiet).kept >= 1
    assert missing(TEXTS, out) == []
