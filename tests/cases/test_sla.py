from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.sla import NoWorkingTime, ServiceClock, due_time, worked_between

ZONE = ZoneInfo("Europe/Belgrade")


class Office:
    """Monday to Friday 7–15, closed on 11 November."""

    zone = ZONE

    def working_periods(self, day):
        if day.weekday() >= 5 or (day.month, day.day) == (11, 11):
            return []
        return [(datetime.combine(day, time(7), ZONE), datetime.combine(day, time(15), ZONE))]


class Never:
    zone = ZONE

    def working_periods(self, day):
        return []


def local(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("start", "hours", "expected"),
    [
        ("2026-11-23T09:00", 4, "2026-11-23T13:00"),  # within one day
        ("2026-11-23T14:00", 4, "2026-11-24T10:00"),  # over night
        ("2026-11-20T14:00", 2, "2026-11-23T08:00"),  # over the weekend
        ("2026-11-21T12:00", 8, "2026-11-23T15:00"),  # from a Saturday, to the last minute of a day
        ("2026-11-10T14:00", 2, "2026-11-12T08:00"),  # over a holiday
        ("2026-11-23T03:00", 0, "2026-11-23T07:00"),  # nothing to do yet: the moment they open
    ],
)
def test_working_hours(start, hours, expected):
    assert due_time(local(start), hours, ServiceClock.WORKING, Office()) == local(expected)


def test_calendar_hours_are_real_hours_over_the_change_of_the_clock():
    start = local("2026-10-24T12:00")
    due = due_time(start, 24, ServiceClock.CALENDAR, Office())
    assert due.astimezone(ZONE) == local("2026-10-25T11:00")
    assert due - start.astimezone(UTC) == timedelta(hours=24)


def test_a_calendar_without_working_time_says_so():
    with pytest.raises(NoWorkingTime, match="no working hours"):
        due_time(local("2026-11-23T09:00"), 1, ServiceClock.WORKING, Never())


@pytest.mark.parametrize(("start", "hours"), [(datetime(2026, 1, 1), 1), (datetime(2026, 1, 1, tzinfo=UTC), -1)])  # noqa: DTZ001
def test_nonsense_is_refused(start, hours):
    with pytest.raises(ValueError, match="a deadline needs"):
        due_time(start, hours, ServiceClock.CALENDAR, Office())


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
    st.integers(0, 60),
    st.sampled_from(ServiceClock),
)
def test_the_clock_runs_exactly_the_hours_until_the_deadline(start, hours, clock):
    due = due_time(start, hours, clock, Office())
    assert due >= start
    assert worked_between(start, due, clock, Office()) == timedelta(hours=hours)
    assert worked_between(due, start, clock, Office()) == timedelta(0)


def test_the_office_fixture_is_what_it_says():
    assert Office().working_periods(date(2026, 11, 11)) == []
