"""The sentences of an order, in the crew's language. Pure.

Radio is heard by everybody, so an order says what, where, which number, how urgent, and nothing else: it is made only
of the town's own words and of the place. There is no parameter through which a reporter's words or name could enter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from calls.ids import CaseNumber

_PLACE: Final = re.compile(r"[^\w\s.,/\-]", re.UNICODE)


class Priority(StrEnum):
    """How soon."""

    NORMAL = "normal"
    URGENT = "urgent"


class Hazard(StrEnum):
    """The closed list of words that an operator may add to an order."""

    WATER_ON_ROAD = "water_on_road"
    ROAD_BLOCKED = "road_blocked"
    DANGER_TO_PEOPLE = "danger_to_people"
    FLOODING_INSIDE = "flooding_inside"
    NO_SUPPLY = "no_supply"


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """All that an order may say. `service_name` is the town's name of the category in the crew's language."""

    case_number: CaseNumber
    service_name: str
    street: str
    house_number: str = ""
    priority: Priority = Priority.NORMAL
    hazards: Sequence[Hazard] = ()


@dataclass(frozen=True, slots=True)
class _Words:
    order: str
    place: str
    no_place: str
    number: str
    urgent: str
    again: str
    key: str
    hazards: dict[Hazard, str]


_WORDS: Final[dict[str, _Words]] = {
    "sr": _Words(
        "Nalog broj {number}.",
        "Mesto: {place}.",
        "Mesto javlja centrala.",
        "broj {number}",
        "Hitno.",
        "Ponavljam.",
        "Za potvrdu pritisnite 1.",
        {
            Hazard.WATER_ON_ROAD: "Voda je na kolovozu.",
            Hazard.ROAD_BLOCKED: "Prolaz je zatvoren.",
            Hazard.DANGER_TO_PEOPLE: "Postoji opasnost za ljude.",
            Hazard.FLOODING_INSIDE: "Voda ulazi u objekat.",
            Hazard.NO_SUPPLY: "Ulica je bez snabdevanja.",
        },
    ),
    "en": _Words(
        "Order number {number}.",
        "Place: {place}.",
        "The exchange will give the place.",
        "number {number}",
        "Urgent.",
        "I repeat.",
        "Press 1 to confirm.",
        {
            Hazard.WATER_ON_ROAD: "There is water on the road.",
            Hazard.ROAD_BLOCKED: "The road is blocked.",
            Hazard.DANGER_TO_PEOPLE: "People are in danger.",
            Hazard.FLOODING_INSIDE: "Water is entering a building.",
            Hazard.NO_SUPPLY: "The street has no supply.",
        },
    ),
    "hu": _Words(
        "A megrendelés száma {number}.",
        "Helyszín: {place}.",
        "A helyszínt a központ közli.",
        "{number} szám",
        "Sürgős.",
        "Ismétlem.",
        "Visszaigazoláshoz nyomja meg az 1-es gombot.",
        {
            Hazard.WATER_ON_ROAD: "Víz van az úttesten.",
            Hazard.ROAD_BLOCKED: "Az út el van zárva.",
            Hazard.DANGER_TO_PEOPLE: "Emberek vannak veszélyben.",
            Hazard.FLOODING_INSIDE: "A víz befolyik az épületbe.",
            Hazard.NO_SUPPLY: "Az utcában nincs ellátás.",
        },
    ),
    "sk": _Words(
        "Príkaz číslo {number}.",
        "Miesto: {place}.",
        "Miesto oznámi ústredňa.",
        "číslo {number}",
        "Súrne.",
        "Opakujem.",
        "Na potvrdenie stlačte 1.",
        {
            Hazard.WATER_ON_ROAD: "Na vozovke je voda.",
            Hazard.ROAD_BLOCKED: "Cesta je neprejazdná.",
            Hazard.DANGER_TO_PEOPLE: "Ľudia sú v nebezpečenstve.",
            Hazard.FLOODING_INSIDE: "Voda vniká do budovy.",
            Hazard.NO_SUPPLY: "Ulica je bez dodávky.",
        },
    ),
    "ro": _Words(
        "Ordinul numărul {number}.",
        "Locul: {place}.",
        "Locul va fi comunicat de centrală.",
        "numărul {number}",
        "Urgent.",
        "Repet.",
        "Pentru confirmare apăsați 1.",
        {
            Hazard.WATER_ON_ROAD: "Este apă pe carosabil.",
            Hazard.ROAD_BLOCKED: "Drumul este blocat.",
            Hazard.DANGER_TO_PEOPLE: "Există pericol pentru oameni.",
            Hazard.FLOODING_INSIDE: "Apa intră într-o clădire.",
            Hazard.NO_SUPPLY: "Strada este fără furnizare.",
        },
    ),
}


def order_sentences(facts: OrderFacts, language: str) -> tuple[str, ...]:
    """Return one reading of the order. Raises KeyError for a language that the product does not speak.

    The case number is given digit by digit, because that is how it is written down in a noisy cab.
    """
    words = _WORDS[language]
    said = [words.order.format(number=spoken_number(facts.case_number))]
    if facts.priority is Priority.URGENT:
        said.append(words.urgent)
    said.append(f"{_clean(facts.service_name)}.")
    place = _clean(facts.street)
    if place and facts.house_number:
        place = f"{place}, {words.number.format(number=_clean(facts.house_number))}"
    said.append(words.place.format(place=place) if place else words.no_place)
    said += [words.hazards[hazard] for hazard in facts.hazards]
    return tuple(said)


def spoken_order(facts: OrderFacts, language: str) -> tuple[str, ...]:
    """Return all that is said in one call: the order, "I repeat", the order, which key confirms."""
    once = order_sentences(facts, language)
    words = _WORDS[language]
    return (*once, words.again, *once, words.key)


def spoken_number(number: CaseNumber) -> str:
    """Return the digits apart, in the groups in which the number is written."""
    return ", ".join(" ".join(group) for group in str(number).split("-"))


def _clean(text: str) -> str:
    return " ".join(_PLACE.sub(" ", text).split())
