"""Opening hours, holidays and the edges between them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from ivr.notices import Notice, valid_notices
from ivr.schedule import Calendar, Hours

ZONE = ZoneInfo("Europe/Belgrade")
CALENDAR = Calendar.model_validate(
    {
        "schedules": {
            "office": {"days": {"monday": ["07:30-15:30"], "friday": ["07:30-12:00", "13:00-18:00"]}},
            "always": {"days": {"monday": ["00:00-24:00"]}, "on_holidays": ["08:00-10:00"]},
        },
        "holidays": [{"date": "2026-11-30", "name": "Praznik"}],
    }
)


@pytest.mark.parametrize(
    ("schedule", "moment", "is_open"),
    [
        ("office", "2026-11-23T07:29:59", False),
        ("office", "2026-11-23T07:30:00", True),
        ("office", "2026-11-23T15:30:00", False),
        ("office", "2026-11-24T10:00:00", False),
        ("office", "2026-11-27T12:30:00", False),
        ("office", "2026-11-27T13:00:00", True),
        ("office", "2026-11-30T10:00:00", False),
        ("always", "2026-11-23T23:59:59", True),
        ("always", "2026-11-30T09:00:00", True),
        ("always", "2026-11-30T11:00:00", False),
    ],
)
def test_open(schedule, moment, is_open):
    assert CALENDAR.is_open(schedule, datetime.fromisoformat(moment).replace(tzinfo=ZONE)) is is_open


def test_hours_are_those_of_the_town_not_of_the_server():
    summer = datetime(2026, 7, 6, 5, 45, tzinfo=UTC)  # 07:45 in the town
    winter = datetime(2026, 11, 23, 5, 45, tzinfo=UTC)  # 06:45
    assert CALENDAR.is_open("office", summer)
    assert not CALENDAR.is_open("office", winter)


def test_next_opening_passes_over_holidays():
    friday_evening = datetime(2026, 11, 27, 18, 0, tzinfo=ZONE)
    assert CALENDAR.next_opening("office", friday_evening) == datetime(2026, 12, 4, 7, 30, tzinfo=ZONE)
    assert Calendar.model_validate({"schedules": {"never": {"days": {}}}}).next_opening("never", friday_evening) is None


def test_a_holiday_is_known_by_its_date():
    found = CALENDAR.holiday_on(date(2026, 11, 30))
    assert found is not None
    assert found.name == "Praznik"


@pytest.mark.parametrize("text", ["7", "15:00-07:00", "07:30-07:30", "25:00-26:00"])
def test_wrong_hours_are_refused(text):
    with pytest.raises(ValidationError):
        Hours.model_validate(text)


def notice(identifier: str, begins: str, ends: str) -> Notice:
    return Notice(id=identifier, topic="water", valid_from=begins, valid_until=ends, texts={"sr": "x"})  # type: ignore[arg-type]


def test_notices_are_valid_between_their_dates_newest_first():
    old = notice("old", "2026-11-01T00:00:00+01:00", "2026-12-01T00:00:00+01:00")
    new = notice("new", "2026-11-20T00:00:00+01:00", "2026-11-21T00:00:00+01:00")
    assert valid_notices([old, new], "water", datetime(2026, 11, 20, 12, tzinfo=ZONE)) == (new, old)
    assert valid_notices([old, new], "water", datetime(2026, 11, 21, 0, 0, tzinfo=ZONE)) == (old,)
    assert valid_notices([old, new], "heating", datetime(2026, 11, 20, 12, tzinfo=ZONE)) == ()


def test_a_notice_without_zone_or_with_wrong_order_is_refused():
    with pytest.raises(ValidationError, match="timezone"):
        notice("x", "2026-11-01T00:00:00", "2026-12-01T00:00:00")
    with pytest.raises(ValidationError, match="ends before it begins"):
        notice("x", "2026-12-01T00:00:00+01:00", "2026-11-01T00:00:00+01:00")
