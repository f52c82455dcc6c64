"""An order is said twice, however its text came."""

import re

import pytest

from calls.languages import LANGUAGES
from dispatch.order_script import REPLIES, script_of

ONCE = ("Nalog broj 2 6.", "Hitno.", "Mesto: Balkanska.")


@pytest.mark.parametrize("text", [ONCE, (*ONCE, "Ponavljam.", *ONCE), (*ONCE, "Ponavljam.", *ONCE, "Pritisnite 1.")])
def test_one_reading_is_found_in_any_form_of_the_text(text):
    script = script_of("\n".join(text), "sr")
    assert script.once == ONCE
    assert script.spoken == (*ONCE, REPLIES["sr"].again, *ONCE, REPLIES["sr"].keys)


def test_an_order_without_text_is_refused():
    with pytest.raises(ValueError, match="no text"):
        script_of(" \n ", "sr")


def test_an_unknown_language_hears_the_default_one():
    assert script_of("A.", "xx").replies is REPLIES["sr"]


def test_every_language_has_every_answer_without_digits():
    assert set(REPLIES) == set(LANGUAGES)
    for replies in REPLIES.values():
        texts = [getattr(replies, name) for name in replies.__slots__]
        assert all(text and not re.search(r"\d", text) for text in texts)
        assert "{number}" in replies.acknowledged
