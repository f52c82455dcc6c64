"""Romanian. Ours: genders of one, two and twelve before a noun, and `de` after twenty."""

from __future__ import annotations

from datetime import date
from typing import Final

from babel.dates import get_month_names
from num2words import num2words

from ivr.spoken_language import CaseSentences, SpokenLanguage, WaitSentences

_MONTHS: Final = get_month_names("wide", locale="ro")
_FEMININE: Final = {"unu": "una", "doi": "două", "doisprezece": "douăsprezece"}
_NEUTER: Final = {"doi": "două", "doisprezece": "douăsprezece"}


def _number(n: int) -> str:
    return str(num2words(n, lang="ro"))


def _with_gender(n: int, forms: dict[str, str]) -> str:
    *before, last = _number(n).split()
    return " ".join((*before, forms.get(last, last)))


def _counted(n: int, one: str, noun: str, forms: dict[str, str]) -> str:
    """Return number and noun: from 20 on, except where the last two digits are 01–19, `de` stands between."""
    if n == 1:
        return one
    link = "" if n == 0 or 1 <= n % 100 <= 19 else " de"
    return f"{_with_gender(n, forms)}{link} {noun}"


def _day(day: date) -> str:
    return f"pe {'întâi' if day.day == 1 else _number(day.day)} {_MONTHS[day.month]}"


def _minutes(n: int) -> str:
    return _counted(n, "un minut", "minute", _NEUTER)


def _time(hour: int, minute: int) -> str:
    if hour == minute == 0:
        return "miezul nopții"
    words = f"ora {_with_gender(hour, _NEUTER)}"  # `ora unu`, but `ora două`
    return f"{words} și {_minutes(minute)}" if minute else words


LANGUAGE: Final = SpokenLanguage(
    code="ro",
    number=_number,
    minus="minus",
    yesterday="ieri",
    today="astăzi",
    tomorrow="mâine",
    day=_day,
    day_and_year=lambda day: f"{_day(day)} {_number(day.year)}",
    time=_time,
    at=lambda hour, minute: f"la {_time(hour, minute)}",
    days=lambda n: _counted(n, "o zi", "zile", _FEMININE),
    hours=lambda n: _counted(n, "o oră", "ore", _FEMININE),
    minutes=_minutes,
    less_than_a_minute="mai puțin de un minut",
    conjunction="și",
    case=CaseSentences(
        service="Sesizarea dumneavoastră: {}.",
        statuses={
            "received": "Sesizarea a fost primită. Așteaptă repartizarea la serviciul responsabil.",
            "assigned": "Sesizarea este la serviciul responsabil.",
            "ordered": "Echipei i s-a trimis ordinul de lucru.",
            "in_progress": "Lucrările sunt în curs.",
            "waiting": "Rezolvarea este momentan în așteptare.",
            "send_failed": "Ordinul nu a ajuns încă la echipă. Operatorii noștri se ocupă de asta.",
            "fixed": "Serviciul anunță că lucrarea este gata. Încă verificăm acest lucru.",
            "verified": "Lucrarea este gata și verificată.",
            "closed": "Cazul este închis.",
            "rejected": "Sesizarea nu a fost acceptată. Operatorul vă poate spune motivul.",
            "duplicate": "Aceeași problemă a fost deja sesizată. Se rezolvă prin sesizarea anterioară.",
            "reopened": "Cazul a fost redeschis.",
        },
        other_status="Cazul este în lucru.",
        reported="Înregistrată {}.",
        deadline="Termenul expiră {}.",
        overdue="Termen expirat {}. Urmărim cazul în continuare.",
        closed="Caz închis {}.",
    ),
    wait=WaitSentences(
        place="Locul dumneavoastră în rând: {}.",
        about="Timpul de așteptare estimat: circa {}.",
        longer="Timpul de așteptare estimat: peste o jumătate de oră.",
        offer="Dacă apăsați unu, vă sunăm când vă vine rândul. Vă păstrați locul.",
    ),
)
