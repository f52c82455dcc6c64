"""Identifiers that travel between rooms: calls, channels, cases. Owns their shapes, not where they are stored."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NewType

from typing_extensions import override

LinkedId = NewType("LinkedId", str)
"""Asterisk's `linkedid`: the call. Shape `[system-]seconds.sequence`."""

ChannelId = NewType("ChannelId", str)
"""Asterisk's `uniqueid`: one channel of a call."""

_LINKED_ID = re.compile(r"^[A-Za-z0-9]{1,32}-?\d{0,12}\.\d{1,12}$")
_CASE_DIGITS = re.compile(r"^\d{8,18}$")
MINIMUM_SEQUENCE_DIGITS = 4


def parse_linked_id(text: str) -> LinkedId:
    """Return `text` as a call id, safe to use in a file name. Raises ValueError when it has another shape."""
    if not _LINKED_ID.fullmatch(text):
        raise ValueError(f"not a call id: {text[:40]!r}")
    return LinkedId(text)


TEST_CALL = "testcall-"
"""How the id of the product's own test call begins; it is not recorded, and no board shows it."""
TEST_SOUND = "testsound-"
"""The same, recorded: the hourly one."""


def is_test_call(linkedid: str) -> bool:
    """Tell whether the call is the product's own test, by its id."""
    return linkedid.startswith((TEST_CALL, TEST_SOUND))


def luhn_digit(digits: str) -> str:
    """Return the check digit of `digits` (ISO/IEC 7812-1 annex B), so one wrong key is noticed."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit)
        if position % 2 == 0:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return str(-total % 10)


@dataclass(frozen=True, slots=True, order=True)
class CaseNumber:
    """A case number: two digits of the year, one of the minting node, the node's own sequence, a check digit.

    The sequence has four digits or more: it has no upper limit and no counter shared between nodes.
    """

    digits: str

    @classmethod
    def mint(cls, year: int, node: int, sequence: int) -> CaseNumber:
        """Make the number of the `sequence`-th case (1, 2, …) that `node` (0–9) minted in `year`."""
        if not 0 <= node <= 9 or sequence < 1:
            raise ValueError(f"cannot mint a case number from node {node}, sequence {sequence}")
        body = f"{year % 100:02d}{node}{sequence:0{MINIMUM_SEQUENCE_DIGITS}d}"
        return cls(body + luhn_digit(body))

    @classmethod
    def parse(cls, text: str) -> CaseNumber:
        """Read a number as people write or key it: spaces, dashes and slashes are allowed. Raises ValueError."""
        digits = re.sub(r"[\s\-/.]", "", text)
        if not _CASE_DIGITS.fullmatch(digits):
            raise ValueError(f"a case number has at least 8 digits: {text[:40]!r}")
        if luhn_digit(digits[:-1]) != digits[-1]:
            raise ValueError(f"the check digit of this case number is wrong: {text[:40]!r}")
        return cls(digits)

    @override
    def __str__(self) -> str:
        """Return the written form, `26-10041-7`: year, node and sequence, check digit."""
        return f"{self.digits[:2]}-{self.digits[2:-1]}-{self.digits[-1]}"
