"""The sample town's flows and calendars, as every scenario uses them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from cases.queues import choose_queue
from cases.town_loader import load_town
from ivr.calendar_file import load_calendar
from ivr.loader import Flows, load_flows
from ivr.schedule import Calendar, Hours

MUNICIPALITY = Path(__file__).parents[2] / "municipality"


@pytest.fixture(scope="session")
def flows() -> Flows:
    return load_flows(MUNICIPALITY / "flows")


@pytest.fixture(scope="session")
def queue_for() -> Callable[[str, str, str], str]:
    """The sample town's choice of a queue."""
    town = load_town(MUNICIPALITY)
    return partial(choose_queue, town.all_queues, town.queue)


@pytest.fixture(scope="session")
def calendars() -> dict[str, Calendar]:
    """`sample`: as in the sample town; `office_hours`: a town whose operators work on weekdays from 7 to 20."""
    sample = load_calendar(MUNICIPALITY)
    weekdays = ("monday", "tuesday", "wednesday", "thursday", "friday")
    hours = (Hours.model_validate("07:00-20:00"),)
    operators = sample.schedules["operators"].model_copy(
        update={"days": dict.fromkeys(weekdays, hours), "on_holidays": ()}
    )
    office = sample.model_copy(update={"schedules": {**sample.schedules, "operators": operators}})
    return {"sample": sample, "office_hours": office}
