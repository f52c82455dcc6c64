"""Streets of the town and how to find one: forgives script, diacritics, word order and small mistakes.

Pure: the streets are given. Must not know files or the map.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Final

_CYRILLIC: Final = str.maketrans(
    dict(
        zip(
            "абвгдђежзијклљмнњопрстћуфхцчџш",
            [*"abvgd", "dj", *"ežzijkl", "lj", *"mn", "nj", *"oprstćufhcč", "dž", "š"],
            strict=True,
        )
    )
)
_SINGLE: Final = str.maketrans({"đ": "dj", "ł": "l", "ø": "o"})
_FUZZY_FROM: Final = 0.72
_SHORTEST_FUZZY: Final = 3
_LONGEST_QUERY: Final = 80


def fold(text: str) -> str:
    """Return `text` without case, diacritics and Cyrillic, its words separated by one space (`Đure Šušnjara` →
    `djure susnjara`)."""
    latin = text[:_LONGEST_QUERY].lower().translate(_CYRILLIC).translate(_SINGLE)
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", latin) if not unicodedata.combining(letter))
    return " ".join("".join(letter if letter.isalnum() else " " for letter in plain).split())


@dataclass(frozen=True, slots=True)
class Street:
    """A street. `line`: (latitude, longitude) points, WGS 84; house numbers run from `first_number` to `last_number`
    along it."""

    name: str
    line: tuple[tuple[float, float], ...]
    first_number: int = 1
    last_number: int = 1
    settlement: str = ""

    @property
    def middle(self) -> tuple[float, float]:
        """Return the point where a pin without a house number goes."""
        (south, west), (north, east) = self.line[0], self.line[-1]
        return ((south + north) / 2, (west + east) / 2) if len(self.line) == 2 else self.line[len(self.line) // 2]

    def has_number(self, house_number: str) -> bool:
        """Tell whether a house number (`12`, `12a`, `12/3`) lies within the street's range."""
        digits = _leading_digits(house_number)
        return bool(digits) and self.first_number <= int(digits) <= self.last_number

    def point_at(self, house_number: str) -> tuple[float, float]:
        """Return about where a house is: along the line by its number; the middle when the number says nothing."""
        if not self.has_number(house_number) or self.last_number == self.first_number:
            return self.middle
        share = (int(_leading_digits(house_number)) - self.first_number) / (self.last_number - self.first_number)
        place = share * (len(self.line) - 1)
        index = min(int(place), len(self.line) - 2)
        rest = place - index
        (lat, lon), (next_lat, next_lon) = self.line[index], self.line[index + 1]
        return (lat + (next_lat - lat) * rest, lon + (next_lon - lon) * rest)


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """All streets, searchable."""

    streets: tuple[Street, ...]
    _folded: tuple[tuple[str, Street], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        ordered = sorted(self.streets, key=lambda street: fold(street.name))
        object.__setattr__(self, "_folded", tuple((fold(street.name), street) for street in ordered))

    def find(self, query: str, limit: int = 10) -> tuple[Street, ...]:
        """Return at most `limit` streets for what was typed so far, best first; none for an empty query.

        A house number at the end is passed over.
        """
        wanted = _without_number(fold(query))
        if not wanted or limit < 1:
            return ()
        scored = [(score, name, street) for name, street in self._folded if (score := _prefix_score(wanted, name)) > 0]
        if not scored:  # likeness is the slow part, and only a misspelt name needs it
            scored = [(score, name, street) for name, street in self._folded if (score := _likeness(wanted, name)) > 0]
        scored.sort(key=lambda item: (-item[0], item[1]))
        return tuple(street for _, _, street in scored[:limit])

    def exactly(self, name: str) -> Street | None:
        """Return the street of this name, diacritics and script aside."""
        wanted = fold(name)
        return next((street for folded, street in self._folded if folded == wanted), None)


def gazetteer_of(streets: Iterable[Street]) -> Gazetteer:
    """Return a gazetteer of `streets`."""
    return Gazetteer(tuple(streets))


def _prefix_score(wanted: str, name: str) -> float:
    if name == wanted:
        return 3.0
    if name.startswith(wanted):
        return 2.0
    words = name.split()
    return 1.0 if all(any(word.startswith(part) for word in words) for part in wanted.split()) else 0.0


def _likeness(wanted: str, name: str) -> float:
    """Compare with as much of the name, and of each of its words, as was typed."""
    if len(wanted) < _SHORTEST_FUZZY:
        return 0.0
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(wanted)
    best = 0.0
    for text in (name, *name.split()):
        matcher.set_seq1(text[: len(wanted) + 1])
        if matcher.real_quick_ratio() > best and matcher.quick_ratio() > best:
            best = max(best, matcher.ratio())
    return best if best >= _FUZZY_FROM else 0.0


def _leading_digits(text: str) -> str:
    stripped = text.strip()
    count = next((index for index, letter in enumerate(stripped) if letter not in "0123456789"), len(stripped))
    return stripped[:count][:5]


def _without_number(folded: str) -> str:
    words = folded.split()
    while len(words) > 1 and words[-1][0].isdigit():
        words.pop()
    return " ".join(words)
