import shutil
from pathlib import Path

import numpy as np
import pytest

from calls.g711 import from_alaw, to_alaw
from speech.audio import RATE, to_telephone
from speech.espeak import Espeak
from speech.vosk_model import check_dictation_model, check_model
from speech.vosk_recogniser import VoskRecogniser, VoskTranscriber

MODEL = Path(__file__).parent / "model"
DIGITS = ("nula", "jedan", "dva", "tri", "četiri", "pet", "šest", "sedam", "osam", "devet")


@pytest.fixture(scope="module")
def recogniser():
    return VoskRecogniser(MODEL)


def over_the_telephone(text):
    """The text as it arrives: our prompt, A-law on the line, half a second of quiet on both sides."""
    heard = from_alaw(to_alaw(to_telephone(*Espeak().synthesise(text, "sr"))))
    quiet = np.zeros(RATE // 2, np.int16)
    return np.concatenate([quiet, heard, quiet]).astype("<i2").tobytes()


@pytest.mark.parametrize("word", DIGITS)
def test_our_own_digits_are_heard(recogniser, word):
    heard = recogniser.hear(over_the_telephone(word), DIGITS)
    assert heard is not None
    assert heard.words == word
    assert 0 < heard.confidence <= 1


@pytest.mark.parametrize("word", ["da", "ne"])
def test_yes_and_no(recogniser, word):
    heard = recogniser.hear(over_the_telephone(word), ("da", "ne"))
    assert heard is not None
    assert heard.words == word


def test_a_phrase_of_two_words(recogniser):
    heard = recogniser.hear(over_the_telephone("prijava voda"), ("prijava voda", "status"))
    assert heard is not None
    assert heard.words == "prijava voda"


def test_what_is_no_choice_is_not_forced_into_one(recogniser):
    assert recogniser.hear(over_the_telephone("operater"), ("da", "ne")) is None


@pytest.mark.parametrize(
    "samples",
    [b"", b"\0", bytes(RATE * 2), np.random.default_rng(1).integers(-300, 300, RATE).astype("<i2").tobytes()],
    ids=["nothing", "half a sample", "silence", "noise"],
)
def test_no_speech(recogniser, samples):
    assert recogniser.hear(samples, ("da", "ne")) is None


@pytest.mark.parametrize(
    "choices",
    [
        (),
        ("",),
        (" ",),
        ("[]",),
        ("[unk]",),
        ('da"',),
        ("da\\",),
        ("da  ne",),
        ("DA",),
        ("1",),
        ("d\0a",),
        ("da",) * 51,
    ],
)
def test_a_grammar_that_would_end_the_process_never_reaches_vosk(recogniser, choices):
    with pytest.raises(ValueError, match="choice"):
        recogniser.hear(over_the_telephone("da"), choices)


def test_a_word_that_the_model_does_not_know_is_named(recogniser):
    assert not recogniser.knows("kukuruz")
    with pytest.raises(ValueError, match="does not know 'kukuruz'"):
        recogniser.hear(b"", ("da", "voda kukuruz"))


def test_endless_speech_is_refused(recogniser):
    with pytest.raises(ValueError, match="at most 30 s"):
        recogniser.hear(bytes(RATE * 2 * 31), ("da",))


def test_incomplete_models_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"am/final.mdl is missing"):
        VoskRecogniser(tmp_path)
    shutil.copytree(MODEL, tmp_path / "model")
    (tmp_path / "model" / "conf" / "model.conf").write_text("--beam=13\n")
    with pytest.raises(ValueError, match="silence-phones is missing"):
        check_model(tmp_path / "model")


def test_a_damaged_model_is_refused(tmp_path):
    shutil.copytree(MODEL, tmp_path / "model")
    (tmp_path / "model" / "am" / "final.mdl").write_bytes(b"\0B rubbish")
    with pytest.raises(ValueError, match="install it again"):
        VoskRecogniser(tmp_path / "model")


@pytest.fixture(scope="module")
def transcriber():
    return VoskTranscriber(MODEL)


def spoken(text):
    return np.frombuffer(over_the_telephone(text), "<i2")


def test_whatever_is_said_is_written_down_with_its_times(transcriber):
    sound = np.concatenate([spoken("voda"), np.zeros(2 * RATE, np.int16), spoken("operater")])
    first, second = transcriber.phrases(RATE, sound)
    assert (first[2], second[2]) == ("voda", "operater")
    assert 0.3 < first[0] < first[1] < 1.5
    assert 2.5 < second[0] < second[1] <= len(sound) / RATE


def test_sound_of_another_rate_keeps_its_times(transcriber):
    (at_8,) = transcriber.phrases(RATE, spoken("voda"))
    (at_16,) = transcriber.phrases(2 * RATE, np.repeat(spoken("voda"), 2))
    assert at_16[2] == "voda"
    assert at_16[0] == pytest.approx(at_8[0], abs=0.1)


@pytest.mark.parametrize("sound", [np.zeros(0, np.int16), np.zeros(3 * RATE, np.int16)], ids=["nothing", "silence"])
def test_where_nothing_is_said_nothing_is_written(transcriber, sound):
    assert transcriber.phrases(RATE, sound) == []


def test_a_model_for_dictation_needs_one_graph_of_either_kind(tmp_path):
    shutil.copytree(MODEL, tmp_path / "model")
    check_dictation_model(tmp_path / "model")
    graph = tmp_path / "model" / "graph"
    (graph / "HCLr.fst").rename(graph / "HCLG.fst")
    check_dictation_model(tmp_path / "model")
    with pytest.raises(ValueError, match=r"HCLr.fst is missing"):
        check_model(tmp_path / "model")
    (graph / "HCLG.fst").unlink()
    with pytest.raises(ValueError, match=r"HCLr.fst is missing"):
        check_dictation_model(tmp_path / "model")
