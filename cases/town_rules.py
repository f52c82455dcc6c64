"""The town's services as rules for a new case. Pure; must not know where the town's folder lies."""

from __future__ import annotations

from datetime import datetime

from typing_extensions import override

from cases.intake import DEFAULT_HOURS, DEFAULT_ORGANISATION, Intake, IntakeRules
from cases.sla import ServiceClock, WorkingCalendar, due_time
from cases.town import Town


class TownRules(IntakeRules):
    """Responsible body and deadline by service; made anew when the town's folder is reloaded."""

    def __init__(self, town: Town, calendar: WorkingCalendar) -> None:
        """`calendar`: when the town hall works, for services whose clock is `working`."""
        self._town = town
        self._calendar = calendar

    @override
    def intake(self, service_code: str | None, at: datetime) -> Intake:
        service = self._town.service(service_code)
        if service is None:
            return Intake(self._fallback(), due_time(at, DEFAULT_HOURS, ServiceClock.CALENDAR, self._calendar))
        due_at = due_time(at, service.hours, ServiceClock(service.clock), self._calendar)
        return Intake(service.organisation, due_at)

    def _fallback(self) -> str:
        known = [organisation.id for organisation in self._town.organisations]
        return DEFAULT_ORGANISATION if DEFAULT_ORGANISATION in known else known[0]
