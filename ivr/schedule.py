"""Opening hours and holidays: is a place open at a given moment? Pure; must not know the clock or any file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SEARCH_DAYS = 31


class Hours(BaseModel):
    """From one time of day to another, the end excluded; `00:00`–`24:00` is the whole day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    opens: time
    closes: time | None
    """None stands for midnight at the end of the day (written `24:00`)."""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        start, dash, end = value.replace(" ", "").replace("–", "-").partition("-")
        if not dash:
            raise ValueError(f"hours are written 07:30-15:30, not {value!r}")
        return {"opens": start, "closes": None if end == "24:00" else end}

    @model_validator(mode="after")
    def _in_order(self) -> Hours:
        if self.closes is not None and self.closes <= self.opens:
            raise ValueError(f"closes ({self.closes:%H:%M}) before it opens ({self.opens:%H:%M}); split it at midnight")
        return self

    def contain(self, moment: time) -> bool:
        """Tell whether `moment` lies within."""
        return self.opens <= moment and (self.closes is None or moment < self.closes)


class Schedule(BaseModel):
    """Weekly hours of one place; a day that is not written is closed. `on_holidays` are its hours on holidays."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: Mapping[str, tuple[Hours, ...]]
    on_holidays: tuple[Hours, ...] = ()

    @field_validator("days")
    @classmethod
    def _known_days(cls, days: Mapping[str, tuple[Hours, ...]]) -> Mapping[str, tuple[Hours, ...]]:
        unknown = sorted(set(days) - set(WEEKDAYS))
        if unknown:
            raise ValueError(f"unknown day {unknown[0]!r}; days are {', '.join(WEEKDAYS)}")
        return days


class Holiday(BaseModel):
    """A day on which offices are closed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    date: date
    name: str


class Calendar(BaseModel):
    """The town's schedules, by name, and its holidays."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    time_zone: str = "Europe/Belgrade"
    schedules: Mapping[str, Schedule] = Field(default_factory=dict)
    holidays: tuple[Holiday, ...] = ()

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"unknown time zone {name!r}; write one such as Europe/Belgrade") from error
        return name

    def holiday_on(self, day: date) -> Holiday | None:
        """Return the holiday on `day`, if it is one."""
        return next((holiday for holiday in self.holidays if holiday.date == day), None)

    def hours_on(self, schedule: str, day: date) -> tuple[Hours, ...]:
        """Return the hours of `schedule` on a day, holidays considered. Raises KeyError for an unknown schedule."""
        found = self.schedules[schedule]
        if self.holiday_on(day):
            return found.on_holidays
        return found.days.get(WEEKDAYS[day.weekday()], ())

    def is_open(self, schedule: str, now: datetime) -> bool:
        """Tell whether it is open at `now` (timezone-aware). Raises KeyError for an unknown schedule."""
        local = now.astimezone(ZoneInfo(self.time_zone))
        return any(hours.contain(local.time()) for hours in self.hours_on(schedule, local.date()))

    def next_opening(self, schedule: str, now: datetime) -> datetime | None:
        """Return when it opens next after `now`, in the town's zone; None when not within a month."""
        local = now.astimezone(ZoneInfo(self.time_zone))
        for offset in range(_SEARCH_DAYS):
            day = local.date() + timedelta(days=offset)
            for hours in sorted(self.hours_on(schedule, day), key=lambda item: item.opens):
                opening = datetime.combine(day, hours.opens, tzinfo=local.tzinfo)
                if opening > local:
                    return opening
        return None
