"""What a score is in percent. Pure: criteria and values in, a number out; the page shows the same formula in words.

percent = 100 · Σ(weight · value / top) / Σ weight;  0 when a fatal criterion is a no
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How a criterion is judged: on a scale from 0 to its top, or yes (1) and no (0)."""

    SCALE = "scale"
    YES_NO = "yes_no"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of a form. `top`: highest value (1 of a yes/no); `fatal`: a no makes the whole score 0."""

    name: str
    kind: Kind
    top: int
    weight: int
    fatal: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError for a criterion that cannot be counted."""
        if self.weight < 1 or self.top < 1:
            raise ValueError("weight and top are at least 1")
        if self.kind is Kind.YES_NO and self.top != 1:
            raise ValueError("a yes/no has the top 1")
        if self.fatal and self.kind is not Kind.YES_NO:
            raise ValueError("only a yes/no can be fatal")


def percent(criteria: Sequence[Criterion], values: Sequence[int]) -> float:
    """Return 0–100. Raises ValueError: no criteria, not one value for each, or a value outside 0–top."""
    if not criteria or len(values) != len(criteria):
        raise ValueError(f"{len(values)} values for {len(criteria)} criteria")
    for one, value in zip(criteria, values, strict=True):
        if not 0 <= value <= one.top:
            raise ValueError(f"{one.name}: {value} is not 0 to {one.top}")
    if any(one.fatal and not value for one, value in zip(criteria, values, strict=True)):
        return 0.0
    reached = sum(one.weight * value / one.top for one, value in zip(criteria, values, strict=True))
    return 100 * reached / sum(one.weight for one in criteria)


def mean_of_calls(scores: Iterable[tuple[str, float]]) -> tuple[int, float | None]:
    """Return how many calls were scored and their mean: of (call, percent). None: nothing was scored.

    A call that several people scored counts once, with the mean of its scores.
    """
    calls: dict[str, list[float]] = {}
    for call, value in scores:
        calls.setdefault(call, []).append(value)
    if not calls:
        return 0, None
    return len(calls), sum(sum(found) / len(found) for found in calls.values()) / len(calls)
