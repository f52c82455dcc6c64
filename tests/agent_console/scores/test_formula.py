"""The formula of a score, as the page writes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_console.scores.formula import Criterion, Kind, mean_of_calls, percent


def scale(top=5, weight=1):
    return Criterion("ljubaznost", Kind.SCALE, top, weight)


def yes_no(weight=1, *, fatal=False):
    return Criterion("pozdrav", Kind.YES_NO, 1, weight, fatal)


@pytest.mark.parametrize(
    ("criteria", "values", "expected"),
    [
        ([scale()], [5], 100),
        ([scale()], [0], 0),
        ([scale(4)], [1], 25),
        ([yes_no()], [1], 100),
        ([scale(5, 3), yes_no(1)], [5, 0], 75),
        ([scale(10, 2), scale(5, 1), yes_no(2)], [5, 5, 1], 80),
        ([scale(5, 9), yes_no(1, fatal=True)], [5, 0], 0),
        ([scale(5, 9), yes_no(1, fatal=True)], [5, 1], 100),
        ([scale(5, 1), yes_no(1, fatal=True)], [0, 1], 50),
    ],
)
def test_weights_scales_and_what_is_fatal(criteria, values, expected):
    assert percent(criteria, values) == pytest.approx(expected)


CRITERIA = st.lists(
    st.one_of(
        st.builds(scale, st.integers(1, 100), st.integers(1, 100)),
        st.builds(yes_no, st.integers(1, 100)),
    ),
    min_size=1,
    max_size=20,
)


@given(CRITERIA, st.data())
def test_it_lies_between_0_and_100_and_a_better_value_never_lowers_it(criteria, data):
    values = [data.draw(st.integers(0, one.top)) for one in criteria]
    reached = percent(criteria, values)
    assert 0 <= reached <= 100.000001
    for number, one in enumerate(criteria):
        if values[number] < one.top:
            better = [value + (place == number) for place, value in enumerate(values)]
            assert percent(criteria, better) > reached


@pytest.mark.parametrize(("criteria", "values"), [([], []), ([scale()], []), ([scale()], [6]), ([scale()], [-1])])
def test_values_that_do_not_fit_are_refused(criteria, values):
    with pytest.raises(ValueError, match=r"criteria|is not 0"):
        percent(criteria, values)


@pytest.mark.parametrize(
    ("kind", "top", "weight", "fatal"),
    [(Kind.SCALE, 0, 1, False), (Kind.SCALE, 5, 0, False), (Kind.YES_NO, 2, 1, False), (Kind.SCALE, 5, 1, True)],
)
def test_a_criterion_that_cannot_be_counted_is_refused(kind, top, weight, fatal):
    with pytest.raises(ValueError, match=r"at least 1|has the top|can be fatal"):
        Criterion("x", kind, top, weight, fatal)


def test_a_call_counts_once_and_nothing_is_not_zero():
    assert mean_of_calls([]) == (0, None)
    assert mean_of_calls([("a", 0.0)]) == (1, 0.0)
    assert mean_of_calls([("a", 100.0), ("a", 50.0), ("b", 25.0)]) == (2, 50.0)
