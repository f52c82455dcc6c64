"""Cases that may be about the same thing: same service, near in place and time. Pure; must not know storage."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from math import asin, cos, radians, sin, sqrt
from typing import Final

from cases.case import Case, NewCase

EARTH_RADIUS_M: Final = 6_371_000.0
NEAR_M: Final = 200.0
NEAR_TIME: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class PossibleDuplicate:
    """A case that may be the same; `metres` is None when only the street tells that it is near."""

    case: Case
    metres: float | None


def distance_m(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Return the great-circle distance in metres (haversine)."""
    north = radians(other_latitude - latitude)
    east = radians(other_longitude - longitude)
    chord = sin(north / 2) ** 2 + cos(radians(latitude)) * cos(radians(other_latitude)) * sin(east / 2) ** 2
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(chord)))


def possible_duplicates(
    candidate: NewCase, others: Iterable[Case], *, radius_m: float = NEAR_M, within: timedelta = NEAR_TIME
) -> list[PossibleDuplicate]:
    """Return open cases of the same service near `candidate`, nearest first, those known only by street last."""
    found: list[PossibleDuplicate] = []
    for other in others:
        if other.number == candidate.number or not other.is_open():
            continue
        if other.service_code != candidate.service_code or abs(other.created_at - candidate.created_at) > within:
            continue
        near, metres = _near(candidate, other, radius_m)
        if near:
            found.append(PossibleDuplicate(other, metres))
    return sorted(found, key=lambda one: (one.metres is None, one.metres or 0.0, one.case.created_at))


def _near(candidate: NewCase, other: Case, radius_m: float) -> tuple[bool, float | None]:
    if (
        candidate.latitude is not None
        and candidate.longitude is not None
        and other.latitude is not None
        and other.longitude is not None
    ):
        metres = distance_m(candidate.latitude, candidate.longitude, other.latitude, other.longitude)
        return metres <= radius_m, metres
    return bool(candidate.street) and candidate.street.casefold() == other.street.casefold(), None
