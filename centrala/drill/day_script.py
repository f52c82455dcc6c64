"""The script of a simulated day: who calls, which keys each one presses, how long each stays, what the operators do.

Pure and seeded: the same number is the same day. It says nothing of waiting or of who answers: that follows from the
telephones, and is what the callers' and operators' own logs tell (`day_truth.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from random import Random
from typing import Final

from centrala.drill.evidence import Wish

CELL: Final = 90
"""Callers of a day have numbers that no cell of a drill uses."""


class Plan(StrEnum):
    """How far a caller goes when nothing stops him."""

    LANGUAGE = "hangs up at the choice of language"
    MENU = "hangs up in the main menu"
    TOPICS = "hangs up among the topics of information"
    INFORMATION = "hears information"
    STATUS = "asks how a case stands"
    MESSAGE = "leaves a message while nobody is there"
    PERSON = "talks until the operator hangs up"
    LEAVES_TALK = "talks and hangs up first"
    SHORT = "hangs up as soon as he waits"
    GIVES_UP = "waits and gives up"
    CALLBACK = "waits and asks to be called back"


class Staff(StrEnum):
    """What the operators do during a part of the day."""

    ABSENT = "absent"
    READY = "ready"
    MEETING = "meeting"


@dataclass(frozen=True, slots=True)
class Caller:
    """One call. `keys`: what is pressed, `w` = a wait; `stays_ms`: after the last key, 0: until the other side ends it.

    `way`: steps as a report shows them; `last`: the place where the caller was when the call left the menu. The rest is
    what an operator does with this caller, in seconds: rings, talks, wraps up; `refused`: the first telephone is busy;
    `passed_on`: sent to a colleague after `talk`.
    """

    number: str
    plan: Plan
    keys: str
    stays_ms: int
    language: str = "sr"
    way: tuple[str, ...] = ()
    last: str = ""
    ring: float = 1.0
    talk: float = 5.0
    wrap_up: float = 1.5
    outcome: str = ""
    refused: bool = False
    passed_on: bool = False

    @property
    def wish(self) -> Wish:
        """What the drill's oracle calls such a caller."""
        return {Plan.MESSAGE: Wish.MESSAGE, Plan.PERSON: Wish.OPERATOR}.get(self.plan, Wish.HANG_UP)

    def row(self, gap_ms: int) -> str:
        """Return the line of SIPp's table."""
        return f"{self.number};{self.keys};{gap_ms};{self.stays_ms}"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the day: its callers in the order in which they call, and the fault in its middle, if any."""

    name: str
    staff: Staff
    callers: Sequence[Caller]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class CaseToAsk:
    """A case whose state callers ask for, with its PIN."""

    number: str
    pin: str


FAULTS: Final = (
    "agi-1 killed in mid-menu",
    "agi-2 killed",
    "console killed",
    "dispatch and public site killed",
    "Asterisk restarted when convenient",
    "Asterisk killed",
)
"""Each once in a day."""
FEWEST_CALLS: Final = 20
_OUTCOMES: Final = ("informed", "case_opened", "case_followed", "wrong_number")
_SHARE_ABSENT, _SHARE_MEETING = 0.08, 0.12
_BY_DAY: Final[Mapping[Plan, int]] = {
    Plan.LANGUAGE: 5,
    Plan.MENU: 6,
    Plan.TOPICS: 5,
    Plan.INFORMATION: 15,
    Plan.STATUS: 8,
    Plan.SHORT: 6,
    Plan.PERSON: 38,
    Plan.LEAVES_TALK: 17,
}
_BY_NIGHT: Final[Mapping[Plan, int]] = {Plan.MESSAGE: 5, Plan.INFORMATION: 2, Plan.MENU: 1}
_IN_MEETING: Final[Mapping[Plan, int]] = {Plan.GIVES_UP: 5, Plan.CALLBACK: 2, Plan.PERSON: 4, Plan.SHORT: 1}
_PLANS: Final = {Staff.ABSENT: _BY_NIGHT, Staff.READY: _BY_DAY, Staff.MEETING: _IN_MEETING}


def script(calls: int, seed: int, case: CaseToAsk, faults: Sequence[str] = FAULTS) -> list[Part]:
    """Return the parts of the day, with `calls` callers in all: a night, then work with a fault in each part, meetings.

    `calls` is at least FEWEST_CALLS.
    """
    chance = Random(seed)  # noqa: S311 - a simulation
    numbers = count()
    night, meetings = round(calls * _SHARE_ABSENT), round(calls * _SHARE_MEETING)
    work = max(len(faults), 1)
    rooms = max(1, len(faults) // 3)
    shares = _shared(calls - night - meetings, work)
    people = Maker(chance, numbers, case)
    parts = [Part("night", Staff.ABSENT, people.make(Staff.ABSENT, night))]
    held = 0
    for place, fault in enumerate(faults or ("",)):
        parts.append(Part(fault or "work", Staff.READY, people.make(Staff.READY, shares[place]), fault))
        if held < rooms and (place + 1) * rooms >= (held + 1) * work:
            size = _shared(meetings, rooms)[held]
            held += 1
            parts.append(Part(f"meeting {held}", Staff.MEETING, people.make(Staff.MEETING, size)))
    return parts


class Maker:
    """Makes callers: each kind once, then as often as its weight says, in an order that chance gives."""

    def __init__(self, chance: Random, numbers: count[int], case: CaseToAsk) -> None:
        self._chance, self._numbers, self._case = chance, numbers, case

    def make(self, staff: Staff, size: int) -> list[Caller]:
        """Return the callers of a part."""
        weights = _PLANS[staff]
        total = sum(weights.values())
        plans = list(weights)[:size]
        left = size - len(plans)
        plans += [plan for plan, weight in weights.items() for _ in range(left * weight // total)]
        plans += self._chance.choices(list(weights), list(weights.values()), k=size - len(plans))
        self._chance.shuffle(plans)
        return [self._caller(plan) for plan in plans]

    def _caller(self, plan: Plan) -> Caller:
        chance = self._chance
        number = f"064{CELL:02d}{next(self._numbers):05d}"
        language = "en" if plan in (Plan.INFORMATION, Plan.TOPICS) and chance.random() < 0.3 else "sr"
        first = {"sr": "w1", "en": "w2"}[language]
        told = (f"language {first[1]}", f"language {language}")
        way: tuple[str, ...]
        match plan:
            case Plan.LANGUAGE:
                return Caller(number, plan, "w", chance.randint(0, 800) + 100, last="language")
            case Plan.MENU:
                return Caller(number, plan, first, chance.randint(1200, 2000), language, told, "main")
            case Plan.TOPICS:
                stays = chance.randint(1200, 2000)
                return Caller(number, plan, f"{first}w1", stays, language, (*told, "main 1"), "topics")
            case Plan.INFORMATION:
                way = (*told, "main 1", "topics 4")
                return Caller(number, plan, f"{first}w1w4", chance.randint(2600, 3400), language, way, "after")
            case Plan.STATUS:
                keys = f"{first}w3w{self._case.number}#w{self._case.pin}"
                way = (*told, "main 3", "case_number", "pin")
                return Caller(number, plan, keys, 9000, language, way, "after")
            case Plan.MESSAGE:
                return Caller(number, plan, f"{first}w0wwww#", 3000, language, (*told, "main 0"), "number_and_pin")
            case Plan.CALLBACK:
                return self._to_person(number, plan, f"{first}w0ww1ww1", 0)
            case _:
                stays = {
                    Plan.PERSON: 0,
                    Plan.LEAVES_TALK: chance.randint(9000, 14000),
                    Plan.SHORT: chance.randint(1800, 2600),
                    Plan.GIVES_UP: chance.randint(8000, 12000),
                }[plan]
                return self._to_person(number, plan, f"{first}w0", stays)

    def _to_person(self, number: str, plan: Plan, keys: str, stays: int) -> Caller:
        chance = self._chance
        talks = plan in (Plan.PERSON, Plan.CALLBACK)
        return Caller(
            number,
            plan,
            keys,
            stays,
            "sr",
            ("language 1", "language sr", "main 0"),
            "",
            ring=9.0 if plan is Plan.SHORT else round(chance.uniform(0.3, 2.5), 2),
            talk=round(chance.uniform(3.0, 8.0), 2) if talks else 60.0,
            wrap_up=round(chance.uniform(1.0, 3.0), 2),
            outcome=chance.choice(_OUTCOMES),
            refused=plan is Plan.PERSON and chance.random() < 0.1,
            passed_on=plan is Plan.PERSON and chance.random() < 0.12,
        )


def _shared(total: int, by: int) -> list[int]:
    """Return `total` in `by` parts of nearly the same size."""
    return [total // by + (place < total % by) for place in range(by)]
