"""What a caller hears of a case: joins the pure sentence with the town's names of services and its time zone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from calls.ports import CaseStatusAnswer
from centrala.town_files import TownFiles
from ivr.spoken import case_status_sentence


class StatusSentence:
    """Callable `(answer, language, now) → text`."""

    def __init__(self, town: TownFiles) -> None:
        self._town = town

    def __call__(self, answer: CaseStatusAnswer, language: str, now: datetime) -> str:
        """Return what is said of the case."""
        town = self._town.current().town
        names = {service.code: service.name_in(language) for service in town.services}
        return case_status_sentence(answer, names, language, now, ZoneInfo(town.time_zone))
