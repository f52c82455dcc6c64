"""When a case is due. Pure: the calendar and the moment are given; must not know services or storage."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Final, Protocol

_LONGEST_SEARCH_DAYS: Final = 3660


class ServiceClock(StrEnum):
    """How the hours of a service are counted."""

    CALENDAR = "calendar"
    WORKING = "working"


class WorkingCalendar(Protocol):
    """When the responsible body works."""

    @property
    def zone(self) -> tzinfo:
        """The town's time zone."""
        ...

    def working_periods(self, day: date) -> Sequence[tuple[datetime, datetime]]:
        """Return the timezone-aware periods of a local day, in order, not overlapping; empty on a day off."""
        ...


class NoWorkingTime(ValueError):
    """The calendar has no working hours within ten years: it is empty or wrong."""


def due_time(start: datetime, hours: float, clock: ServiceClock, calendar: WorkingCalendar) -> datetime:
    """Return when `hours` will have passed since `start` (timezone-aware), in UTC.

    Calendar hours are real hours, also over a change to summer time. Working hours run only within working periods.
    Raises NoWorkingTime, and ValueError for a moment without zone or negative hours.
    """
    if start.tzinfo is None or hours < 0:
        raise ValueError("a deadline needs a start with a zone and hours that are not negative")
    begin = start.astimezone(UTC)
    left = timedelta(hours=hours)
    if clock is ServiceClock.CALENDAR:
        return begin + left
    day = start.astimezone(calendar.zone).date()
    for _ in range(_LONGEST_SEARCH_DAYS):
        for opens, closes in calendar.working_periods(day):
            first = max(opens.astimezone(UTC), begin)
            available = closes.astimezone(UTC) - first
            if available <= timedelta(0):
                continue
            if available >= left:
                return first + left
            left -= available
        day += timedelta(days=1)
    raise NoWorkingTime("calendar: no working hours in ten years; check its weekly hours")


def worked_between(start: datetime, end: datetime, clock: ServiceClock, calendar: WorkingCalendar) -> timedelta:
    """Return how much of the clock ran between two moments; zero when `end` is not after `start`."""
    begin, finish = start.astimezone(UTC), end.astimezone(UTC)
    if finish <= begin:
        return timedelta(0)
    if clock is ServiceClock.CALENDAR:
        return finish - begin
    total = timedelta(0)
    day = start.astimezone(calendar.zone).date()
    while day <= end.astimezone(calendar.zone).date():
        for opens, closes in calendar.working_periods(day):
            shared = min(closes.astimezone(UTC), finish) - max(opens.astimezone(UTC), begin)
            total += max(shared, timedelta(0))
        day += timedelta(days=1)
    return total
