"""The script of a day: who calls when, what each caller wants and how far each one goes. Pure and seeded.

It says nothing of waiting: who is answered follows from the operators (`room.py`). `as_csv` gives the same script to a
load generator: callers by number, with the keys they press and what must stand on their record when the outcome does
not depend on the room.
"""

import csv
import io
from dataclasses import dataclass
from enum import StrEnum
from random import Random


class Wish(StrEnum):
    """How far a caller goes when nothing stops him."""

    REFUSED = "refused"  # our side never answers
    LEAVES_AT_LANGUAGE = "leaves_at_language"
    LEAVES_IN_MENU = "leaves_in_menu"
    LEAVES_IN_INFORMATION = "leaves_in_information"
    INFORMATION = "information"
    STATUS = "status"
    BROKEN = "broken"  # our side breaks it off in the menu
    PERSON = "person"  # waits as long as his patience lasts
    CALLBACK = "callback"  # takes a callback when it is offered
    MESSAGE = "message"  # leaves a message when it is offered
    SENT_AWAY = "sent_away"  # our side ends the wait


# Wish → steps as stored (kind, node or language, keys), the way as it is reported, outcome where it is certain.
STEPS = {
    Wish.REFUSED: ([], (), "refused"),
    Wish.LEAVES_AT_LANGUAGE: ([], (), "abandoned_menu"),
    Wish.LEAVES_IN_MENU: ([("menu", "menu.main", "9")], ("menu.main 9",), "abandoned_menu"),
    Wish.LEAVES_IN_INFORMATION: (
        [("menu", "menu.main", "1"), ("menu", "info.topics", "")],
        ("menu.main 1", "info.topics"),
        "abandoned_menu",
    ),
    Wish.INFORMATION: (
        [("menu", "menu.main", "1"), ("menu", "info.topics", "4")],
        ("menu.main 1", "info.topics 4"),
        "information",
    ),
    Wish.STATUS: (
        [("menu", "menu.main", "3"), ("menu", "status.number", "26004128"), ("menu", "status.pin", "****")],
        ("menu.main 3", "status.number", "status.pin"),
        "status_told",
    ),
    Wish.BROKEN: ([("menu", "menu.main", "2")], ("menu.main 2",), "failed"),
}
TO_A_PERSON = ([("menu", "menu.main", "0")], ("menu.main 0",), "")
_WEIGHTS = {
    Wish.REFUSED: 2,
    Wish.LEAVES_AT_LANGUAGE: 4,
    Wish.LEAVES_IN_MENU: 5,
    Wish.LEAVES_IN_INFORMATION: 3,
    Wish.INFORMATION: 14,
    Wish.STATUS: 8,
    Wish.BROKEN: 1,
    Wish.PERSON: 50,
    Wish.CALLBACK: 6,
    Wish.MESSAGE: 4,
    Wish.SENT_AWAY: 3,
}
_BUSY = (2, 1, 1, 1, 2, 4, 10, 22, 40, 50, 52, 48, 44, 46, 42, 36, 30, 24, 20, 16, 12, 8, 5, 3)


@dataclass(frozen=True)
class Caller:
    """One call. Times are seconds since local midnight; `token` None: the number is withheld."""

    number: str
    token: str | None
    language: str
    at: int
    wish: Wish
    menu_seconds: int
    patience: int
    talk: tuple[int, int]
    hold: int
    passed_on: str  # "" | transfer | conference | asked
    wrap_up: int


def callers(seed: int, calls: int, day_seconds: int) -> list[Caller]:
    """Return the day's callers in the order in which they arrive; about one in twenty has called before."""
    chance = Random(seed)  # noqa: S311  a simulation
    hours = [_BUSY[min(hour, 23)] for hour in range(day_seconds // 3600)]
    wishes, weights = list(_WEIGHTS), list(_WEIGHTS.values())
    moments = sorted(hour * 3600 + chance.randrange(3600) for hour in chance.choices(range(len(hours)), hours, k=calls))
    found: list[Caller] = []
    for place, at in enumerate(moments):
        number = f"38160{1_000_000 + place}"
        earlier = [one for one in found[-400:] if at - one.at > 3 * 3600]
        if earlier and chance.random() < 0.05:
            number = chance.choice(earlier).number
        wish = chance.choices(wishes, weights)[0]
        found.append(
            Caller(
                number=number,
                token=None if chance.random() < 0.04 else f"token-of-{number}",
                language=chance.choice(("sr", "sr", "sr", "hu", "en")),
                at=at,
                wish=wish,
                menu_seconds=chance.randint(6, 50),
                patience=chance.choice((1, 3, 4, 5, 6, 20, 45, 90, 180, 300)),
                talk=(chance.randint(20, 240), chance.randint(10, 120)),
                hold=chance.choice((0, 0, 0, chance.randint(5, 60))),
                passed_on=chance.choice(("",) * 16 + ("transfer", "transfer", "conference", "asked")),
                wrap_up=chance.randint(3, 60),
            )
        )
    return found


def as_csv(script: list[Caller]) -> str:
    """Return the script for a load generator. `outcome` is empty where it depends on the operators."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["number", "at", "wish", "language", "keys", "hangs_up_after", "outcome"])
    for one in script:
        steps, _, outcome = STEPS.get(one.wish, TO_A_PERSON)
        keys = " ".join(key for _, _, key in steps if key)
        leaves = one.patience if one.wish is Wish.PERSON else one.menu_seconds
        writer.writerow([one.number, one.at, one.wish.value, one.language, keys, leaves, outcome])
    return file.getvalue()
