from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_console.reports.period import Period, month_of

ZONE = ZoneInfo("Europe/Belgrade")


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 10, 25), 25), (date(2027, 3, 28), 23), (date(2026, 11, 22), 24)]
)
def test_days_are_as_long_as_they_are(day, hours):
    period = Period(day, day, ZONE)
    assert period.until - period.since == timedelta(hours=hours)
    assert period.since.tzinfo is UTC


def test_a_month_is_compared_with_the_month_before():
    march = month_of(date(2027, 3, 17), ZONE)
    assert (march.first, march.last, march.is_month) == (date(2027, 3, 1), date(2027, 3, 31), True)
    assert (march.before().first, march.before().last) == (date(2027, 2, 1), date(2027, 2, 28))


def test_other_periods_are_compared_with_as_many_days_just_before():
    week = Period(date(2026, 11, 16), date(2026, 11, 22), ZONE)
    assert (week.before().first, week.before().last) == (date(2026, 11, 9), date(2026, 11, 15))


def test_a_period_has_an_end_after_its_beginning():
    for first, last in ((date(2026, 2, 2), date(2026, 2, 1)), (date(2025, 1, 1), date(2026, 2, 1))):
        with pytest.raises(ValueError, match="366"):
            Period(first, last, ZONE)


@given(st.dates(date(2020, 1, 1), date(2035, 1, 1)), st.integers(0, 365))
def test_neighbouring_periods_touch(first, days):
    period = Period(first, first + timedelta(days=days), ZONE)
    assert period.before().until == period.since
    instants = [Period(day, day, ZONE) for day in period.days()]
    assert sum(((one.until - one.since) for one in instants), timedelta()) == period.until - period.since
    assert period.since <= datetime.combine(first, datetime.min.time(), ZONE) < period.until
