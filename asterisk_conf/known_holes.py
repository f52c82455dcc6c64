"""Which Asterisk versions are safe enough to face a telephone network.

Owns: reading a version string and the list of holes that make set-up refuse a version.
Must not know: where Asterisk is installed or how it is started.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from typing_extensions import override

OLDEST_MAJOR = 20
"""The oldest branch whose dialplan functions and modules this product uses."""


@dataclass(frozen=True, slots=True)
class AsteriskVersion:
    """A version such as 22.10.1; `certified` is the patch level of a certified build (20.7-cert5 → 5), else None."""

    numbers: tuple[int, ...]
    certified: int | None = None

    @override
    def __str__(self) -> str:
        dotted = ".".join(str(number) for number in self.numbers)
        return dotted if self.certified is None else f"certified {dotted}-cert{self.certified}"


@dataclass(frozen=True, slots=True)
class KnownHole:
    """One published weakness and the first fixed version of each branch still alive when it was published."""

    cve: str
    what: str
    fixed_in: tuple[tuple[int, ...], ...]
    fixed_in_certified: tuple[tuple[tuple[int, ...], int], ...]

    def touches(self, version: AsteriskVersion) -> bool:
        """Return True when this version lacks the fix. A branch newer than every listed one was born with it."""
        if version.certified is not None:
            return not any(
                version.numbers[: len(branch)] == branch and version.certified >= level
                for branch, level in self.fixed_in_certified
            )
        for fixed in self.fixed_in:
            if fixed[0] == version.numbers[0]:
                return version.numbers < fixed
        return version.numbers[0] < max(fixed[0] for fixed in self.fixed_in)


KNOWN_HOLES = (
    KnownHole(
        "CVE-2024-42365",
        "an AMI user with originate rights can rewrite configuration and run programs",
        ((18, 24, 2), (20, 9, 2), (21, 4, 2)),
        (((18, 9), 11), ((20, 7), 2)),
    ),
    KnownHole(
        "CVE-2025-47779",
        "a SIP MESSAGE can be sent in another user's name",
        ((18, 26, 2), (20, 14, 1), (21, 9, 1), (22, 4, 1)),
        (((18, 9), 14), ((20, 7), 5)),
    ),
    KnownHole(
        "CVE-2026-23738",
        "the built-in web server's status page repeats what a visitor sends, unescaped",
        ((20, 18, 2), (21, 12, 1), (22, 8, 2), (23, 2, 2)),
        (((20, 7), 9),),
    ),
)


def parse_version(text: str) -> AsteriskVersion | None:
    """Read a version out of `asterisk -V` or a package version (`1:22.10.1~dfsg-1`); None when there is none."""
    certified = re.search(r"certified[/-](\d+(?:\.\d+)+)-cert(\d+)", text)
    if certified is not None:
        return AsteriskVersion(_numbers(certified.group(1)), int(certified.group(2)))
    plain = re.search(r"(?:^|[\s:])(\d+(?:\.\d+)+)", text)
    return None if plain is None else AsteriskVersion(_numbers(plain.group(1)))


def why_refused(version: AsteriskVersion) -> str | None:
    """Return the reason, one line, why this version may not be started; None when it may."""
    if version.numbers[0] < OLDEST_MAJOR:
        return f"Asterisk {version} is too old: {OLDEST_MAJOR} or newer is needed"
    holes = [hole for hole in KNOWN_HOLES if hole.touches(version)]
    if not holes:
        return None
    listed = "; ".join(f"{hole.cve} ({hole.what})" for hole in holes)
    return f"Asterisk {version} has known holes: {listed}"


def _numbers(dotted: str) -> tuple[int, ...]:
    return tuple(int(part) for part in dotted.split("."))
