"""Who is calling, as far as the telephone network says. Owns the number's form; must not know a person's name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import phonenumbers

_INTERNAL = re.compile(r"^\d{3,5}$")
_LONG = re.compile(r"\b\d{6,7}$")
_WITHHELD_WORDS = frozenset({"", "anonymous", "unknown", "restricted", "unavailable", "withheld", "private", "s"})


class CallerKind(StrEnum):
    """What the presented number is worth."""

    NUMBER = "number"
    WITHHELD = "withheld"
    INTERNAL = "internal"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller's number: E.164 (`+381641234567`) when it is one, an extension when internal, else empty."""

    kind: CallerKind
    number: str = ""

    @classmethod
    def parse(cls, presented: str, region: str = "RS", *, inside: bool = True) -> Caller:
        """Read a presented caller ID. Never raises: what is no telephone number is INVALID, its text dropped.

        `inside`: the call comes from one of our own telephones. From outside, so short a number is a pretence.
        """
        text = presented.strip()
        if text.lower() in _WITHHELD_WORDS:
            return cls(CallerKind.WITHHELD)
        if _INTERNAL.match(text):
            return cls(CallerKind.INTERNAL, text) if inside else cls(CallerKind.INVALID)
        if len(text) > 32 or not re.fullmatch(r"\+?[\d\s\-/().]+", text):
            return cls(CallerKind.INVALID)
        number = _e164(text, region)
        return cls(CallerKind.NUMBER, number) if number else cls(CallerKind.INVALID)

    def masked(self) -> str:
        """Return a form for logs: the last two digits only."""
        return f"…{self.number[-2:]}" if self.kind is CallerKind.NUMBER else self.kind.value

    def grouped(self, region: str = "RS") -> str:
        """Return the number grouped as people say it (`064 123 45 67`), or the empty string."""
        if self.kind is not CallerKind.NUMBER:
            return self.number
        parsed = phonenumbers.parse(self.number)
        home = phonenumbers.country_code_for_region(region)
        style = phonenumbers.PhoneNumberFormat
        if parsed.country_code != home:
            return phonenumbers.format_number(parsed, style.INTERNATIONAL)
        return _LONG.sub(_spoken, phonenumbers.format_number(parsed, style.NATIONAL))


def _spoken(digits: re.Match[str]) -> str:
    """Return six digits as two groups of three, seven as three, two and two."""
    text = digits[0]
    return " ".join((text[:3], text[3:]) if len(text) == 6 else (text[:3], text[3:5], text[5:]))


@lru_cache(maxsize=256)  # a number is met several times while its call lasts
def _e164(text: str, region: str) -> str:
    """Return the number in E.164, the empty string when it is none."""
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(parsed):
        return ""
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
