"""A report's period: whole local days, as instants. Pure; the zone is given. Days of 23 and 25 hours are days.

Every instant that leaves this module is in UTC: two times of one zone subtract as clocks show them, not as they pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONGEST_DAYS = 366


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant at which a local day begins, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Period:
    """Local days from `first` to `last`, both included."""

    first: date
    last: date
    zone: ZoneInfo

    def __post_init__(self) -> None:
        if not 0 <= (self.last - self.first).days < LONGEST_DAYS:
            raise ValueError(f"a period is 1 to {LONGEST_DAYS} days")

    @property
    def since(self) -> datetime:
        """Return the first instant, in UTC."""
        return midnight(self.first, self.zone)

    @property
    def until(self) -> datetime:
        """Return the first instant after the period, in UTC."""
        return midnight(self.last + timedelta(days=1), self.zone)

    @property
    def number_of_days(self) -> int:
        """Return how many local days."""
        return (self.last - self.first).days + 1

    def days(self) -> Iterator[date]:
        """Yield the local days in order."""
        for number in range(self.number_of_days):
            yield self.first + timedelta(days=number)

    @property
    def is_month(self) -> bool:
        """Say whether it is one whole month."""
        return self.first.day == 1 and (self.last + timedelta(days=1)).day == 1 and self.number_of_days <= 31

    def before(self) -> Period:
        """Return what it is compared with: the month before a whole month, else as many days just before."""
        if self.is_month:
            last = self.first - timedelta(days=1)
            return Period(last.replace(day=1), last, self.zone)
        length = timedelta(days=self.number_of_days)
        return Period(self.first - length, self.last - length, self.zone)


def month_of(day: date, zone: ZoneInfo) -> Period:
    """Return the whole month of a day."""
    first = day.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return Period(first, following - timedelta(days=1), zone)
