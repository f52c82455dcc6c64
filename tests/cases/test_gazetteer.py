"""Streets are found as people type them."""

from __future__ import annotations

import pytest

from cases.gazetteer import Gazetteer, Street, fold

LINE = ((43.0, 21.0), (43.1, 21.1))
STREETS = Gazetteer(
    tuple(
        Street(name, LINE, 1, 101)
        for name in ("Đure Jakšića", "Đure Daničića", "Kneza Miloša", "Vodovodna", "Bulevar oslobođenja", "Lipa")
    )
)


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("Đure Ja", "Đure Jakšića"),
        ("djure jaks", "Đure Jakšića"),
        ("Ђуре Јакшића", "Đure Jakšića"),
        ("jaksica djure", "Đure Jakšića"),
        ("kneza milosa 12", "Kneza Miloša"),
        ("КНЕЗА МИЛОША", "Kneza Miloša"),
        ("vodovdna", "Vodovodna"),
        ("voodvodna", "Vodovodna"),
        ("oslobodjenja", "Bulevar oslobođenja"),
        ("li", "Lipa"),
    ],
)
def test_the_best_match_comes_first(query, best):
    assert STREETS.find(query, 3)[0].name == best


@pytest.mark.parametrize("query", ["", "   ", "qqqq", "x", "'; DROP TABLE", "\x00", "%" * 5000])
def test_what_is_no_street_finds_none(query):
    assert STREETS.find(query) == ()


def test_at_most_as_many_as_asked_for():
    assert len(STREETS.find("đure", 1)) == 1
    assert STREETS.find("đure", 0) == ()


def test_folding_knows_two_letter_sounds():
    assert fold("Љубићка ЊЕГОШЕВА Џорџ Ђ") == "ljubicka njegoseva dzordz dj"


def test_the_exact_name_forgives_script_only():
    assert STREETS.exactly("ЛИПА") is not None
    assert STREETS.exactly("Lip") is None


@pytest.mark.parametrize(
    ("number", "place"), [("1", (43.0, 21.0)), ("51", (43.05, 21.05)), ("101a", (43.1, 21.1)), ("bb", (43.05, 21.05))]
)
def test_a_house_lies_along_the_street(number, place):
    assert Street("Lipa", LINE, 1, 101).point_at(number) == pytest.approx(place)


@pytest.mark.parametrize(("number", "known"), [("12", True), ("12a", True), ("0", False), ("102", False), ("", False)])
def test_house_numbers_have_a_range(number, known):
    assert Street("Lipa", LINE, 1, 101).has_number(number) is known
