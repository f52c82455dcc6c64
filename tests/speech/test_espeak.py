import sys

import pytest

from calls.ports import SpeechError
from speech.audio import measure, to_telephone
from speech.espeak import VOICES, Espeak, prepare, read_wav

GREETINGS = {
    "sr": "Dobar dan, dobili ste kontakt centar.",
    "en": "Good afternoon, this is the contact centre.",
    "hu": "Jó napot, ez az ügyfélszolgálat.",
    "sk": "Dobrý deň, toto je kontaktné centrum.",
    "ro": "Bună ziua, acesta este centrul de contact.",
}


@pytest.mark.parametrize("language", VOICES)
def test_every_language_speaks(language):
    figures = measure(to_telephone(*Espeak().synthesise(GREETINGS[language], language)))
    assert 1.5 < figures.seconds < 5
    assert figures.level == pytest.approx(-19, abs=0.5)


def test_languages_sound_different():
    spoken = {language: Espeak().synthesise("Operater sto pet", language)[0].tobytes() for language in VOICES}
    assert len(set(spoken.values())) == len(VOICES)


def test_text_cannot_become_an_option_or_a_command():
    said, _ = Espeak().synthesise("--voices", "sr")
    assert said.size > 1000
    assert prepare("a\x01b\n-w [[x]] \u200bc").decode() == "a b -w x c"


@pytest.mark.parametrize("text", ["", " \n", "…!", "\x01\x02", "a" * 3000])
def test_what_cannot_be_spoken_is_refused(text):
    with pytest.raises(SpeechError):
        prepare(text)


def test_unknown_language():
    with pytest.raises(SpeechError, match="no voice for language 'de'"):
        Espeak().synthesise("Guten Tag", "de")


def test_missing_program():
    with pytest.raises(SpeechError, match="does not start"):
        Espeak(("/nowhere/espeak-ng",)).version()


def test_failed_program(program):
    with pytest.raises(SpeechError, match=r"failed \(3\): no voice data"):
        program("import sys; sys.exit(sys.stderr.write('no voice data') and 3)").synthesise("dan", "sr")


def test_frozen_program(program):
    with pytest.raises(SpeechError, match=r"within 0.2 s"):
        program("import signal; signal.pause()").synthesise("dan", "sr", timeout=0.2)


@pytest.mark.parametrize("data", [b"", b"RIFF", b"RIFF" + b"x" * 100, b"RIFF" + b"\0" * 40 + b"data" + b"\0" * 40])
def test_output_that_is_no_sound(data):
    with pytest.raises(SpeechError, match="espeak-ng gave"):
        read_wav(data)


def test_environment_is_added():
    engine = Espeak(
        (sys.executable, "-c", "import os; print(os.environ['ESPEAK_DATA_PATH'])"), {"ESPEAK_DATA_PATH": "d"}
    )
    assert engine.version() == "d"
