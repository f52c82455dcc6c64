"""What the product's reports say of a simulated day, as flat figures, and how they differ from the truth. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from typing_extensions import override

from centrala.drill.day_figures import Figures
from centrala.drill.day_truth import Bounds

REPORTS: Final = ("calls", "operators", "menu", "missed")
Report = Mapping[str, Any]
_PLAIN: Final = (
    "arrived",
    "queued",
    "answered",
    "abandoned",
    "short_abandoned",
    "callbacks_taken",
    "average_wait",
    "average_give_up",
    "longest_wait",
    "average_talk",
    "average_wrapup",
    "transfers",
    "gave_up_in_menu",
    "missed_came",
    "missed_open",
)
_ROWS: Final = (
    ("calls", "fates", "fate", "fate", "calls"),
    ("calls", "outcomes", "outcome", "outcome", "calls"),
    ("calls", "wrapups", "wrap-up", "wrapup_outcome", "conversations"),
    ("menu", "paths", "way", "path", "calls"),
    ("menu", "nodes", "gave up at", "node", "gave_up_here"),
    ("missed", "missed", "missed", "reason", "came"),
)
"""Report, table, name of the figure, column of the name, column of the value."""
_HANDLING: Final = ("conversations", "talk", "wrapup_time")
_OPERATOR: Final = {
    "rings": "rings",
    "rings_not_taken": "rings_not_taken",
    "session_time": "session time",
    "ready_time": "ready time",
    "paused_time": "paused time",
    "ringing_time": "ringing time",
    "talking_time": "talking time",
    "wrapup_spent": "wrapup time",
}


def told_figures(reports: Mapping[str, Report]) -> dict[str, float]:
    """Return the figures of the reports; what a report could not measure is left out."""
    plain = {one["name"]: one["value"] for report in reports.values() for one in report["figures"]}
    found = {name: float(plain[name]) for name in _PLAIN if plain.get(name) is not None}
    for report, table, prefix, name, value in _ROWS:
        found |= {f"{prefix} {row[name]}": float(row[value]) for row in _table(reports[report], table)}
    for row in _table(reports["operators"], "handling"):
        found |= {f"operator {row['extension']} {name}": float(row[name]) for name in _HANDLING}
    for row in _table(reports["operators"], "operators"):
        found |= {f"operator {row['extension']} {told}": float(row[name]) for name, told in _OPERATOR.items()}
    answered, offered = found.get("answered", 0.0), found.get("queued", 0.0) - found.get("short_abandoned", 0.0)
    for name, level, of in (("answered", "level_of_answered", answered), ("offered", "level_of_offered", offered)):
        if plain.get(level) is not None:
            found[f"in time, of {name}"] = round(float(plain[level]) * of, 6)
    return found


def _table(report: Report, name: str) -> Sequence[Mapping[str, Any]]:
    rows: Sequence[Mapping[str, Any]] = next(table["rows"] for table in report["tables"] if table["name"] == name)
    return rows


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure on both sides. `told` None: the reports do not show it."""

    name: str
    true: Bounds
    told: float | None

    @property
    def agrees(self) -> bool:
        """Whether the reports say the truth; not to show what is zero is true."""
        return self.true.holds(self.told or 0.0)

    @override
    def __str__(self) -> str:
        told = "nothing" if self.told is None else f"{self.told:g}"
        return f"{self.name}: the reports say {told}, the truth is {shown(self.true)}"


def compare(true: Figures, told: Mapping[str, float]) -> list[Compared]:
    """Return every figure that either side knows."""
    names = [*true.known, *(name for name in told if name not in true.known)]
    return [Compared(name, true.of(name), told.get(name)) for name in names]


def shown(bounds: Bounds) -> str:
    """Return bounds as people read them."""
    low, high = f"{bounds.low:.1f}".removesuffix(".0"), f"{bounds.high:.1f}".removesuffix(".0")
    return low if low == high else f"{low} to {high}"
