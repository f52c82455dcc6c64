"""What a duty telephone hears of an alarm, made by the real voice and measured."""

from dataclasses import fields

import pytest

from calls.languages import LANGUAGES
from cases.alarm_text import WORDS
from speech.audio import measure, to_telephone
from speech.espeak import Espeak


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_sentence_is_heard_and_soon_over(language):
    words = WORDS[language]
    replies = {one.name: getattr(words, one.name) for one in fields(words) if one.name != "about"}
    wrong = {}
    for name, text in {**replies, **words.about}.items():
        figures = measure(to_telephone(*Espeak().synthesise(text, language)))
        longest = 9 if name == "keys" else 6
        if not (0.4 < figures.seconds < longest and figures.level == pytest.approx(-19, abs=0.5)):
            wrong[name] = figures
    assert wrong == {}
