"""Hungarian. Own cardinal numbers: `num2words` says `százkét` for 102 and `tizenkettőezer` for 12 000."""

from __future__ import annotations

from datetime import date
from typing import Final

from babel.dates import get_month_names

from ivr.spoken_language import CaseSentences, SpokenLanguage, WaitSentences

_MONTHS: Final = get_month_names("wide", locale="hu")
_UNITS: Final = ("", "egy", "kettő", "három", "négy", "öt", "hat", "hét", "nyolc", "kilenc")
_ROUND_TENS: Final = ("", "tíz", "húsz", "harminc", "negyven", "ötven", "hatvan", "hetven", "nyolcvan", "kilencven")
_TENS: Final = ("", "tizen", "huszon", *_ROUND_TENS[3:])
_ON_DAY: Final = (
    *("", "egyedikén", "kettedikén", "harmadikán", "negyedikén", "ötödikén", "hatodikán", "hetedikén", "nyolcadikán"),
    "kilencedikén",
)


def _below_hundred(n: int) -> str:
    return (_TENS if n % 10 else _ROUND_TENS)[n // 10] + _UNITS[n % 10]


def _below_thousand(n: int) -> str:
    hundreds = {0: "", 1: "száz"}.get(n // 100, _before_noun(_UNITS[n // 100]) + "száz")
    return hundreds + _below_hundred(n % 100)


def _before_noun(words: str) -> str:
    """Return the number as it stands before a noun: `két` for `kettő`."""
    return f"{words.removesuffix('kettő')}két" if words.endswith("kettő") else words


def _number(n: int) -> str:
    if n == 0:
        return "nulla"
    millions, thousands, rest = n // 1_000_000, n // 1000 % 1000, n % 1000
    parts = []
    if millions:
        parts.append(f"{_before_noun(_below_thousand(millions))}millió")
    if thousands:
        parts.append("ezer" if n < 2000 else f"{_before_noun(_below_thousand(thousands))}ezer")
    if rest:
        parts.append(_below_thousand(rest))
    return ("" if n < 2000 else "-").join(parts)  # the spelling rule: hyphens from two thousand on


def _on_day(day: int) -> str:
    if day in (1, 2):
        return ("elsején", "másodikán")[day - 1]
    if day % 10 == 0:
        return ("", "tizedikén", "huszadikán", "harmincadikán")[day // 10]
    return _TENS[day // 10] + _ON_DAY[day % 10]


def _day(day: date) -> str:
    return f"{_MONTHS[day.month]} {_on_day(day.day)}"


def _counted(n: int, noun: str) -> str:
    return f"{_before_noun(_number(n))} {noun}"


def _time(hour: int, minute: int) -> str:
    if hour == minute == 0:
        return "éjfél"
    return f"{_counted(hour, 'óra')} {_counted(minute, 'perc')}" if minute else _counted(hour, "óra")


LANGUAGE: Final = SpokenLanguage(
    code="hu",
    number=_number,
    minus="mínusz",
    yesterday="tegnap",
    today="ma",
    tomorrow="holnap",
    day=_day,
    day_and_year=lambda day: f"{_number(day.year)} {_day(day)}",
    time=_time,
    at=lambda hour, minute: f"{_time(hour, minute)}kor",
    days=lambda n: _counted(n, "nap"),
    hours=lambda n: _counted(n, "óra"),
    minutes=lambda n: _counted(n, "perc"),
    less_than_a_minute="kevesebb mint egy perc",
    conjunction="és",
    case=CaseSentences(
        service="Az Ön bejelentése: {}.",
        statuses={
            "received": "A bejelentését megkaptuk. Az illetékes szolgálathoz való továbbításra vár.",
            "assigned": "A bejelentés az illetékes szolgálatnál van.",
            "ordered": "A munkautasítást elküldtük a brigádnak.",
            "in_progress": "A munka folyamatban van.",
            "waiting": "Az ügy intézése átmenetileg szünetel.",
            "send_failed": "A munkautasítás még nem ért el a brigádhoz. Munkatársaink dolgoznak rajta.",
            "fixed": "A szolgálat szerint a munka elkészült. Ezt még ellenőrizzük.",
            "verified": "A munka elkészült, és ellenőriztük.",
            "closed": "Az ügyet lezártuk.",
            "rejected": "A bejelentést nem fogadtuk el. Az okot a kezelő tudja megmondani.",
            "duplicate": "Ezt a problémát már korábban bejelentették. A korábbi bejelentés alapján oldjuk meg.",
            "reopened": "Az ügyet újra megnyitottuk.",
        },
        other_status="Az ügy feldolgozás alatt áll.",
        reported="A bejelentés {} érkezett.",
        deadline="A határidő {} jár le.",
        overdue="A határidő {} lejárt. Az ügyet továbbra is követjük.",
        closed="Az ügyet {} lezártuk.",
    ),
    wait=WaitSentences(
        place="Az Ön helye a sorban: {}.",
        about="A várakozási idő körülbelül {}.",
        longer="A várakozási idő több mint fél óra.",
        offer="Ha megnyomja az egyes gombot, visszahívjuk, amikor sorra kerül. A helyét megőrizzük.",
    ),
)
