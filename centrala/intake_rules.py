"""The town's rules for a new case: who answers for it, until when. Joins services and calendar with the SLA clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from cases.intake import Intake
from cases.town_rules import TownRules
from centrala.town_files import TownFiles
from ivr.schedule import Calendar

WORKING = "working"
"""Schedule of `calendar.yaml` that counts working hours."""


@dataclass(frozen=True, slots=True)
class TownWorkingHours:
    """The schedule `working` as `cases.sla.WorkingCalendar`."""

    calendar: Calendar

    @property
    def zone(self) -> tzinfo:
        """The town's time zone."""
        return ZoneInfo(self.calendar.time_zone)

    def working_periods(self, day: date) -> Sequence[tuple[datetime, datetime]]:
        """Return the day's periods in order; empty on a day off."""
        midnight = datetime.combine(day + timedelta(days=1), time(), self.zone)
        periods = [
            (
                datetime.combine(day, hours.opens, self.zone),
                midnight if hours.closes is None else datetime.combine(day, hours.closes, self.zone),
            )
            for hours in self.calendar.hours_on(WORKING, day)
        ]
        return sorted(periods)


class TownIntakeRules:
    """Implements `cases.intake.IntakeRules` for the town as it is now."""

    def __init__(self, town: TownFiles) -> None:
        self._town = town

    def intake(self, service_code: str | None, at: datetime) -> Intake:
        """Return the responsible body and the deadline of a case received at `at`."""
        whole = self._town.current()
        return TownRules(whole.town, TownWorkingHours(whole.menu.calendar)).intake(service_code, at)
