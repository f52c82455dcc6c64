"""English: the day is spoken in parts (`nine in the morning`), because callers do not expect a 24-hour clock."""

from __future__ import annotations

from datetime import date
from typing import Final

from babel.dates import get_month_names
from num2words import num2words

from ivr.spoken_language import CaseSentences, SpokenLanguage, WaitSentences

_MONTHS: Final = get_month_names("wide", locale="en")


def _number(n: int) -> str:
    return str(num2words(n, lang="en")).replace(",", "")


def _day(day: date) -> str:
    return f"on the {num2words(day.day, lang='en', to='ordinal')} of {_MONTHS[day.month]}"


def _day_and_year(day: date) -> str:
    return f"{_day(day)} {num2words(day.year, lang='en', to='year')}"


def _part_of_day(hour: int) -> str:
    if 5 <= hour < 12:
        return "in the morning"
    if 12 <= hour < 18:
        return "in the afternoon"
    return "in the evening" if 18 <= hour < 22 else "at night"


def _time(hour: int, minute: int) -> str:
    if minute == 0 and hour in (0, 12):
        return "noon" if hour else "midnight"
    words = _number((hour - 1) % 12 + 1)
    past = "o'clock" if minute == 0 else f"oh {_number(minute)}" if minute < 10 else _number(minute)
    return f"{words} {past} {_part_of_day(hour)}"


def _counted(n: int, noun: str) -> str:
    return f"{_number(n)} {noun}{'' if n == 1 else 's'}"


LANGUAGE: Final = SpokenLanguage(
    code="en",
    number=_number,
    minus="minus",
    yesterday="yesterday",
    today="today",
    tomorrow="tomorrow",
    day=_day,
    day_and_year=_day_and_year,
    time=_time,
    at=lambda hour, minute: f"at {_time(hour, minute)}",
    days=lambda n: _counted(n, "day"),
    hours=lambda n: _counted(n, "hour"),
    minutes=lambda n: _counted(n, "minute"),
    less_than_a_minute="less than a minute",
    conjunction="and",
    case=CaseSentences(
        service="Your report: {}.",
        statuses={
            "received": "Your report has been received. It is waiting to be assigned.",
            "assigned": "The responsible service has your report.",
            "ordered": "A crew has been sent an order.",
            "in_progress": "Work is under way.",
            "waiting": "Work is on hold for the moment.",
            "send_failed": "The order has not reached the crew yet. Our operators are dealing with it.",
            "fixed": "The service says that the work is done. We are still checking it.",
            "verified": "The work is done and has been checked.",
            "closed": "Your case is closed.",
            "rejected": "The report was not accepted. An operator can tell you why.",
            "duplicate": "The same problem had already been reported. It is handled under the earlier report.",
            "reopened": "Your case has been opened again.",
        },
        other_status="Your case is being handled.",
        reported="It was reported {}.",
        deadline="The deadline is {}.",
        overdue="The deadline passed {}. We are still following your case.",
        closed="Your case was closed {}.",
    ),
    wait=WaitSentences(
        place="Your place in the queue: {}.",
        about="The expected wait is about {}.",
        longer="The expected wait is more than half an hour.",
        offer="Press one and we will call you back when it is your turn. You keep your place.",
    ),
)
