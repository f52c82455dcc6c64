"""Serbian, Latin script. `num2words` knows its cardinal numbers only, so ordinals and plural forms are ours."""

from __future__ import annotations

from datetime import date
from typing import Final

from num2words import num2words

from ivr.spoken_language import CaseSentences, SpokenLanguage, WaitSentences

_ORDINALS: Final = (
    *("", "prvog", "drugog", "trećeg", "četvrtog", "petog", "šestog", "sedmog", "osmog", "devetog", "desetog"),
    *("jedanaestog", "dvanaestog", "trinaestog", "četrnaestog", "petnaestog", "šesnaestog", "sedamnaestog"),
    *("osamnaestog", "devetnaestog"),
)
_TENS: Final = (
    "",
    "",
    "dvadeset",
    "trideset",
    "četrdeset",
    "pedeset",
    "šezdeset",
    "sedamdeset",
    "osamdeset",
    "devedeset",
)
_MONTHS: Final = (
    *("", "januara", "februara", "marta", "aprila", "maja", "juna", "jula", "avgusta", "septembra", "oktobra"),
    *("novembra", "decembra"),
)


def _number(n: int) -> str:
    return str(num2words(n, lang="sr"))


def _ordinal(n: int) -> str:
    """Return the ordinal of 1–99, masculine genitive: `dvadeset trećeg`."""
    if n < 20:
        return _ORDINALS[n]
    return f"{_TENS[n // 10]} {_ORDINALS[n % 10]}" if n % 10 else f"{_TENS[n // 10]}og"


def _year(year: int) -> str:
    """Return the year, feminine genitive: `dve hiljade dvadeset šeste godine`."""
    if not 2000 < year < 2100:
        return f"{_number(year)} godine"
    # Only the last word is an ordinal; its feminine genitive ends in -e where the masculine one ends in -og or -eg.
    return f"dve hiljade {_ordinal(year - 2000)[:-2]}e godine"


def _day(day: date) -> str:
    return f"{_ordinal(day.day)} {_MONTHS[day.month]}"


def _counted(n: int, one: str, few: str, many: str) -> str:
    """Return number and noun: 1, 21, 31 … `one`; 2–4, 22–24 … `few`; else, and 11–14, `many`."""
    last, teens = n % 10, 10 < n % 100 < 15
    form = many if teens or last == 0 or last > 4 else one if last == 1 else few
    return f"{_number(n)} {form}"


def _minutes(n: int) -> str:
    return _counted(n, "minut", "minuta", "minuta")


def _time(hour: int, minute: int) -> str:
    if hour == minute == 0:
        return "ponoć"
    words = _counted(hour, "čas", "časa", "časova")
    return f"{words} i {_minutes(minute)}" if minute else words


LANGUAGE: Final = SpokenLanguage(
    code="sr",
    number=_number,
    minus="minus",
    yesterday="juče",
    today="danas",
    tomorrow="sutra",
    day=_day,
    day_and_year=lambda day: f"{_day(day)} {_year(day.year)}",
    time=_time,
    at=lambda hour, minute: f"u {_time(hour, minute)}",
    days=lambda n: _counted(n, "dan", "dana", "dana"),
    hours=lambda n: _counted(n, "sat", "sata", "sati"),
    minutes=_minutes,
    less_than_a_minute="manje od jednog minuta",
    conjunction="i",
    case=CaseSentences(
        service="Vaša prijava: {}.",
        statuses={
            "received": "Prijava je primljena. Čeka dodelu nadležnoj službi.",
            "assigned": "Prijava je kod nadležne službe.",
            "ordered": "Ekipi je poslat nalog.",
            "in_progress": "Radovi su u toku.",
            "waiting": "Rešavanje je trenutno na čekanju.",
            "send_failed": "Nalog još nije stigao do ekipe. Naši operateri to rešavaju.",
            "fixed": "Služba javlja da je posao završen. To još proveravamo.",
            "verified": "Posao je završen i proveren.",
            "closed": "Predmet je zatvoren.",
            "rejected": "Prijava nije prihvaćena. Razlog vam može reći operater.",
            "duplicate": "Isti problem je već ranije prijavljen. Rešava se po ranijoj prijavi.",
            "reopened": "Predmet je ponovo otvoren.",
        },
        other_status="Predmet je u obradi.",
        reported="Prijavljeno je {}.",
        deadline="Rok ističe {}.",
        overdue="Rok je istekao {}. Predmet i dalje pratimo.",
        closed="Predmet je zatvoren {}.",
    ),
    wait=WaitSentences(
        place="Vaše mesto u redu: {}.",
        about="Očekivano čekanje: oko {}.",
        longer="Očekivano čekanje je duže od pola sata.",
        offer="Ako pritisnete jedan, pozvaćemo vas kada dođete na red. Mesto vam ostaje.",
    ),
)
