"""Which numbers may be called back, and when it is tried again."""

from datetime import UTC, datetime, timedelta

import pytest

from cases.callbacks import LONGEST_PROMISE, Callback, PlaceInLine, allowed, next_try

RULES = Callback(trunk="telekom", numbers=("+3816", "+38137"), shown="37311311")
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("presented", "number"),
    [
        ("0641234567", "+381641234567"),
        ("+381641234567", "+381641234567"),
        ("037 311 311", "+38137311311"),
        ("0112345678", ""),  # another town
        ("+4366412345678", ""),  # another country
        ("0900123456", ""),  # costs
        ("00881612345678", ""),
        ("anonymous", ""),
        ("2001", ""),
        ("311", ""),
        ("0641234567,1)Dial(PJSIP/x", ""),
        ("", ""),
    ],
)
def test_only_what_the_town_allows_is_called(presented, number):
    assert RULES.number_of(presented, "RS") == number


def test_a_prefix_is_not_enough():
    assert not allowed("+3816", ["+3816"])
    assert not allowed("+3816123456789012", ["+3816"])
    assert not allowed("+38161234567x", ["+3816"])


def test_a_place_in_line_is_read_strictly():
    assert PlaceInLine.parse("operators/01700000000/05") == PlaceInLine("operators", 1700000000, 5)
    for text in ("", "operators", "operators/1/2/3", "Operators/1/2", "operators/-1/0", "operators/1/0\n"):
        with pytest.raises(ValueError, match="place in line"):
            PlaceInLine.parse(text)


def test_it_is_tried_a_few_times_and_not_for_ever():
    retry = timedelta(minutes=10)
    assert next_try(1, 3, NOW, NOW, retry) == NOW + retry
    assert next_try(3, 3, NOW, NOW, retry) is None
    assert next_try(1, 3, NOW - LONGEST_PROMISE, NOW, retry) is None
