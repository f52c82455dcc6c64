"""Slovak. `num2words` knows its cardinal numbers only, so ordinals, genders and plural forms are ours."""

from __future__ import annotations

from datetime import date
from typing import Final

from babel.dates import get_month_names
from num2words import num2words

from ivr.spoken_language import CaseSentences, SpokenLanguage, WaitSentences

_MONTHS: Final = get_month_names("wide", locale="sk")  # in a date these are genitives: `novembra`
_STEMS: Final = (
    *("nult", "prv", "druh", "treť", "štvrt", "piat", "šiest", "siedm", "ôsm", "deviat", "desiat", "jedenást"),
    *("dvanást", "trinást", "štrnást", "pätnást", "šestnást", "sedemnást", "osemnást", "devätnást"),
)
_TENS: Final = ("", "", "dvadsiat", "tridsiat")
# Endings after a long vowel are short (the rhythmic law): `prvého`, but `siedmeho`; `tretieho` is soft.
_LONG: Final = frozenset({1, 2, 4})


def _number(n: int) -> str:
    return str(num2words(n, lang="sk"))


def _of_day(n: int) -> str:
    """Return the ordinal of 0–39, masculine genitive: `dvadsiateho tretieho`."""
    if n >= 20:
        tens = f"{_TENS[n // 10]}eho"
        return f"{tens} {_of_day(n % 10)}" if n % 10 else tens
    if n == 3:
        return "tretieho"
    return f"{_STEMS[n]}{'ého' if n in _LONG else 'eho'}"


def _of_hour(n: int) -> str:
    """Return the ordinal of 0–39, feminine locative: `dvadsiatej tretej`."""
    if n >= 20:
        tens = f"{_TENS[n // 10]}ej"
        return f"{tens} {_of_hour(n % 10)}" if n % 10 else tens
    return "tretej" if n == 3 else f"{_STEMS[n]}ej"


def _day(day: date) -> str:
    return f"{_of_day(day.day)} {_MONTHS[day.month]}"


def _counted(n: int, one: str, few: str, many: str) -> str:
    """Return number and noun: `one` and `few` bring one and two in the noun's gender, `many` is the noun alone."""
    if n == 1:
        return one
    if n < 5 and n:
        return few if n == 2 else f"{_number(n)} {few.split()[-1]}"
    return f"{_number(n)} {many}"


def _hours(n: int) -> str:
    return _counted(n, "jedna hodina", "dve hodiny", "hodín")


def _minutes(n: int) -> str:
    return _counted(n, "jedna minúta", "dve minúty", "minút")


def _time(hour: int, minute: int) -> str:
    if hour == minute == 0:
        return "polnoc"
    return f"{_hours(hour)} {_minutes(minute)}" if minute else _hours(hour)


def _at(hour: int, minute: int) -> str:
    if hour == minute == 0:
        return "o polnoci"
    if not minute:
        return f"o {_of_hour(hour)} hodine"
    return f"o {_of_hour(hour)} {'nula ' if minute < 10 else ''}{_number(minute)}"


LANGUAGE: Final = SpokenLanguage(
    code="sk",
    number=_number,
    minus="mínus",
    yesterday="včera",
    today="dnes",
    tomorrow="zajtra",
    day=_day,
    day_and_year=lambda day: f"{_day(day)} roku {_number(day.year)}",
    time=_time,
    at=_at,
    days=lambda n: _counted(n, "jeden deň", "dva dni", "dní"),
    hours=_hours,
    minutes=_minutes,
    less_than_a_minute="menej ako minúta",
    conjunction="a",
    case=CaseSentences(
        service="Vaše hlásenie: {}.",
        statuses={
            "received": "Vaše hlásenie sme prijali. Čaká na pridelenie príslušnej službe.",
            "assigned": "Hlásenie je u príslušnej služby.",
            "ordered": "Pracovnej čate sme poslali príkaz.",
            "in_progress": "Práce prebiehajú.",
            "waiting": "Riešenie je dočasne pozastavené.",
            "send_failed": "Príkaz sa k čate ešte nedostal. Naši operátori to riešia.",
            "fixed": "Služba hlási, že práca je hotová. Ešte to overujeme.",
            "verified": "Práca je hotová a overená.",
            "closed": "Prípad je uzavretý.",
            "rejected": "Hlásenie nebolo prijaté. Dôvod vám povie operátor.",
            "duplicate": "Rovnaký problém už bol nahlásený. Riešime ho podľa skoršieho hlásenia.",
            "reopened": "Prípad sme znovu otvorili.",
        },
        other_status="Prípad sa spracúva.",
        reported="Prípad bol nahlásený {}.",
        deadline="Lehota uplynie {}.",
        overdue="Lehota uplynula {}. Prípad naďalej sledujeme.",
        closed="Prípad bol uzavretý {}.",
    ),
    wait=WaitSentences(
        place="Vaše miesto v poradí: {}.",
        about="Predpokladaný čas čakania: asi {}.",
        longer="Predpokladaný čas čakania: viac ako pol hodiny.",
        offer="Ak stlačíte jednotku, zavoláme vám, keď prídete na rad. Miesto vám zostane.",
    ),
)
