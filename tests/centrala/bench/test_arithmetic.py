import pytest

from centrala.bench.arithmetic import RampSecond, Spread, clean_rate, percentile, ratios


def test_a_percentile_is_a_value_that_was_measured():
    values = [float(number) for number in range(1, 101)]
    assert (percentile(values, 0.5), percentile(values, 0.99), percentile([7.0], 0.99)) == (50.0, 99.0, 7.0)
    with pytest.raises(ValueError, match="nothing was measured"):
        percentile([], 0.5)


def test_the_spread_is_median_least_and_greatest():
    assert Spread.of([3.0, 1.0, 8.0]) == Spread(3.0, 1.0, 8.0, 3)
    with pytest.raises(ValueError, match="nothing was measured"):
        Spread.of([])


def test_ratios_are_taken_within_a_round():
    rounds = [{"a": 2.0, "c": 3.0}, {"a": 4.0, "c": 4.0}, {"c": 9.0}]
    assert ratios(rounds, "c", "a") == [1.5, 1.0]


def ramp(*steps: tuple[float, int, int]) -> list[RampSecond]:
    return [RampSecond(*step) for step in steps]


def test_a_ramp_without_trouble_is_clean_to_its_end():
    assert clean_rate(ramp((20, 0, 0), (40, 0, 0), (40, 0, 0), (60, 0, 0))) == 60


def test_trouble_counts_against_the_step_before_it_too():
    assert clean_rate(ramp((20, 0, 0), (40, 0, 0), (60, 0, 0), (80, 0, 2))) == 40
    assert clean_rate(ramp((20, 0, 0), (40, 0, 0), (60, 0, 0), (60, 1, 0))) == 40


def test_a_ramp_that_begins_in_trouble_has_no_clean_rate():
    assert clean_rate(ramp((20, 1, 0), (40, 0, 0))) == 0
    assert clean_rate([]) == 0
