"""Numbers, days, times and a case's status as people say them, in five languages. Pure: time and zone are passed in.

Owns what is said and in which order; the words stand in `spoken_<language>.py`. Must not know how text becomes sound.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final

from calls.ports import CaseStatusAnswer
from ivr import spoken_en, spoken_hu, spoken_ro, spoken_sk, spoken_sr
from ivr.spoken_language import SpokenLanguage

_LANGUAGES: Final[Mapping[str, SpokenLanguage]] = {
    language.code: language
    for language in (spoken_sr.LANGUAGE, spoken_en.LANGUAGE, spoken_hu.LANGUAGE, spoken_sk.LANGUAGE, spoken_ro.LANGUAGE)
}
_LARGEST: Final = 999_999_999
_YEAR_IS_CLEAR: Final = timedelta(days=180)
_WITHOUT_DEADLINE: Final = frozenset({"fixed", "verified", "closed", "rejected", "duplicate"})
_ENDED: Final = frozenset({"closed", "rejected", "duplicate"})
_LONGEST_NAME: Final = 8


def say_number(n: int, language: str) -> str:
    """Return the cardinal number in words. Raises ValueError beyond ±999 999 999."""
    if abs(n) > _LARGEST:
        raise ValueError(f"{n} is too large to be spoken as a number: say its digits")
    words = _of(language)
    return words.number(n) if n >= 0 else f"{words.minus} {words.number(-n)}"


def say_digits(text: str, language: str) -> tuple[str, ...]:
    """Return the prompt ids that read the digits of `text` one by one; everything else in it is left out."""
    _of(language)
    return tuple(f"digits.{digit}" for digit in text if digit in "0123456789")


def say_date(day: date, language: str, today: date) -> str:
    """Return an answer to "when?": yesterday, today, tomorrow, or day and month, and the year where it is not clear."""
    words = _of(language)
    near = {-1: words.yesterday, 0: words.today, 1: words.tomorrow}.get((day - today).days)
    if near is not None:
        return near
    clear = day.year == today.year or abs(day - today) <= _YEAR_IS_CLEAR
    return words.day(day) if clear else words.day_and_year(day)


def say_time(at: time, language: str) -> str:
    """Return the time of day as a name, `devet časova i pet minuta`; seconds are left out."""
    return _of(language).time(at.hour, at.minute)


def say_at_time(at: time, language: str) -> str:
    """Return the time of day as an answer to "when?": `u devet časova i pet minuta`."""
    return _of(language).at(at.hour, at.minute)


def say_duration(length: timedelta, language: str) -> str:
    """Return a length of time in its two largest units, whole minutes. Raises ValueError for a negative one."""
    if length < timedelta(0):
        raise ValueError(f"a length of time cannot be negative: {length}")
    words = _of(language)
    minutes = int(length.total_seconds()) // 60
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        parts = [words.days(days), words.hours(hours) if hours else ""]
    elif hours:
        parts = [words.hours(hours), words.minutes(minutes) if minutes else ""]
    else:
        parts = [words.minutes(minutes) if minutes else words.less_than_a_minute]
    return f" {words.conjunction} ".join(part for part in parts if part)


def case_status_sentence(
    answer: CaseStatusAnswer, service_names: Mapping[str, str], language: str, now: datetime, zone: tzinfo
) -> str:
    """Return everything a caller is told of a case: what, since when, how it stands, until when or how long closed.

    `service_names`: `service_code` → name in `language`. `now` is timezone-aware; days and hours are those of `zone`.
    """
    words = _of(language).case
    today = now.astimezone(zone).date()
    sentences = []
    name = _speakable(service_names.get(answer.service_code or "", ""), language)
    if name:
        sentences.append(words.service.format(name))
    sentences.append(words.reported.format(_say_day_of(answer.requested_at, language, today, zone)))
    status = answer.status.replace(" ", "_")
    if not (status == "closed" and answer.closed_at):
        sentences.append(words.statuses.get(status, words.other_status))
    if answer.expected_at and status not in _WITHOUT_DEADLINE:
        late = answer.expected_at < now
        when = (_say_day_of if late else _say_deadline)(answer.expected_at, language, today, zone)
        sentences.append((words.overdue if late else words.deadline).format(when))
    if answer.closed_at and status in _ENDED:
        sentences.append(words.closed.format(_say_day_of(answer.closed_at, language, today, zone)))
    return " ".join(sentences)


def waiting_sentence(place: int, minutes: int | None, language: str, *, longest: int, offer: bool) -> str:
    """Return what a waiting caller is told: place, wait in `minutes` if it is known, offer to be called back.

    `longest`: from more minutes than that on, no number is said.
    """
    words = _of(language)
    sentences = [words.wait.place.format(words.number(place))]
    if minutes is not None:
        sentences.append(
            words.wait.longer if minutes > longest else words.wait.about.format(words.minutes(max(1, minutes)))
        )
    if offer:
        sentences.append(words.wait.offer)
    return " ".join(sentences)


def _of(language: str) -> SpokenLanguage:
    try:
        return _LANGUAGES[language]
    except KeyError:
        raise ValueError(f"no spoken words for language {language!r}; known: {', '.join(_LANGUAGES)}") from None


def _say_day_of(at: datetime, language: str, today: date, zone: tzinfo) -> str:
    return say_date(at.astimezone(zone).date(), language, today)


def _say_deadline(at: datetime, language: str, today: date, zone: tzinfo) -> str:
    """Return the day; today and tomorrow also the hour, rounded up: few words, and never an hour too early."""
    local = at.astimezone(zone)
    hour = local.hour + (1 if local.minute or local.second else 0)
    words = say_date(local.date(), language, today)
    if 0 < hour < 24 and (local.date() - today).days in (0, 1):
        return f"{words} {say_at_time(time(hour), language)}"
    return words


def _speakable(name: str, language: str) -> str:
    """Return a name from the town's files as words: digits become numbers, other signs go, a long name is cut short."""
    spelled = re.sub(r"\d{1,9}", lambda number: f" {say_number(int(number.group()), language)} ", name)
    kept = re.sub(r"[^\w\s,'’-]|_", " ", spelled).split()
    return " ".join(kept[:_LONGEST_NAME]).rstrip(" ,'’-")
