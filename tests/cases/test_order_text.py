import inspect
from dataclasses import fields

import pytest

from calls.ids import CaseNumber
from calls.languages import LANGUAGES
from cases.order_text import Hazard, OrderFacts, Priority, order_sentences, spoken_number, spoken_order

NUMBER = CaseNumber.mint(2026, 1, 41)
FACTS = OrderFacts(NUMBER, "Pukla cev", "Vidovdanska", "12", Priority.URGENT, [Hazard.WATER_ON_ROAD])


def test_a_whole_order_in_serbian():
    assert order_sentences(FACTS, "sr") == (
        f"Nalog broj {spoken_number(NUMBER)}.",
        "Hitno.",
        "Pukla cev.",
        "Mesto: Vidovdanska, broj 12.",
        "Voda je na kolovozu.",
    )


def test_it_is_said_twice_and_ends_with_the_key():
    said = spoken_order(FACTS, "sr")
    once = order_sentences(FACTS, "sr")
    assert said == (*once, "Ponavljam.", *once, "Za potvrdu pritisnite 1.")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything_in_short_sentences(language):
    facts = OrderFacts(NUMBER, "Pukla cev", "Vidovdanska", "12", Priority.URGENT, list(Hazard))
    said = spoken_order(facts, language)
    assert len(said) == 2 * (4 + len(Hazard)) + 2
    for sentence in said[1:]:
        assert len(sentence.split()) <= 16
        assert "{" not in sentence
        assert sentence.endswith(".")


def test_the_number_is_spoken_digit_by_digit():
    assert spoken_number(CaseNumber.parse(str(NUMBER))).replace(" ", "").replace(",", "") == NUMBER.digits


def test_without_a_place_it_says_who_will_give_it():
    assert "Mesto javlja centrala." in order_sentences(OrderFacts(NUMBER, "Pukla cev", ""), "sr")


def test_signs_that_a_voice_cannot_say_are_dropped():
    said = order_sentences(OrderFacts(NUMBER, 'Pukla <b>"cev"</b>', "Cara\nLazara; $(x)"), "sr")
    assert said[1] == "Pukla b cev /b."
    assert said[2] == "Mesto: Cara Lazara x."


def test_there_is_no_way_in_for_a_reporter_or_free_text():
    assert [field.name for field in fields(OrderFacts)] == [
        "case_number",
        "service_name",
        "street",
        "house_number",
        "priority",
        "hazards",
    ]
    assert list(inspect.signature(order_sentences).parameters) == ["facts", "language"]
