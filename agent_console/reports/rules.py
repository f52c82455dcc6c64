"""What a town may decide about its figures: targets and limits. Pure; the defaults are those of most call centres."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final


@dataclass(frozen=True, slots=True)
class ReportRules:
    """Targets and limits of the figures.

    `target_seconds`, `target_share`: so many callers answered within so long. `short_seconds`: who gives up sooner is
    counted apart. `resolution_days`: who does not call again within so many days was helped at once. `smallest_cell`:
    bodies with fewer cases are shown together. `shrinkage`: share of paid time away from the telephone.
    """

    target_seconds: float = 20.0
    target_share: float = 0.8
    short_seconds: float = 5.0
    resolution_days: int = 7
    smallest_cell: int = 5
    shrinkage: float = 0.3
    most_occupancy: float = 0.85
    history_weeks: int = 6

    @property
    def resolution_window(self) -> timedelta:
        """Return the window of first-call resolution."""
        return timedelta(days=self.resolution_days)

    def shown(self) -> dict[str, str]:
        """Return the values that stand in written formulas, as people write them."""
        return {
            "target": f"{self.target_seconds:g}",
            "share": f"{self.target_share * 100:g}",
            "short": f"{self.short_seconds:g}",
            "days": str(self.resolution_days),
            "cell": str(self.smallest_cell),
            "shrinkage": f"{self.shrinkage * 100:g}",
            "occupancy": f"{self.most_occupancy * 100:g}",
            "weeks": str(self.history_weeks),
        }


DEFAULT_RULES: Final = ReportRules()
