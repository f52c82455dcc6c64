"""Facts per second against the pause between two turns."""

import pytest

from storage.pace import LONGEST, SHORTEST, Pace


def after(*turns: tuple[int, float]) -> float:
    pace = Pace()
    for facts, now in turns:
        pace.took(facts, now, more=False)
    return pace.wait()


@pytest.mark.parametrize(
    ("facts", "wait"), [(0, SHORTEST), (20, SHORTEST), (100, SHORTEST), (400, 4 * SHORTEST), (5000, LONGEST)]
)
def test_the_wait_grows_with_what_came_in_a_second(facts, wait):
    assert after((7, 10.0), (facts, 11.0)) == pytest.approx(wait)


def test_it_is_short_at_the_start_and_again_when_the_load_is_over():
    assert Pace().wait() == SHORTEST
    assert after((5000, 1.0)) == SHORTEST
    assert after((0, 1.0), (5000, 2.0), (3, 4.0)) == SHORTEST


def test_steps_that_follow_one_another_at_once_are_one_turn():
    pace = Pace()
    pace.took(0, 1.0, more=False)
    pace.took(300, 2.9, more=True)
    pace.took(300, 2.99, more=True)
    pace.took(200, 3.0, more=False)
    assert pace.wait() == pytest.approx(4 * SHORTEST)


def test_a_clock_that_stands_still_is_no_division():
    assert after((10, 5.0), (10, 5.0)) == SHORTEST
