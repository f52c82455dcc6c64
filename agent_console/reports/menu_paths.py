"""Ways through the menu: how many callers took each, and where callers leave. Pure.

A way is its steps in order: the node, and the keys pressed there. Keys of nodes where callers type a number (a case, a
PIN, a customer) are not part of a way: they would make every way a way of its own, and they are nobody's business.
`left` counts calls that ended while the caller was at the node, whether or not anything was pressed there; `gave_up`
those that ended having got nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from calls.outcomes import CallOutcome
from calls.report_rows import MenuCall

START: Final = ""
_MOST_KEYS: Final = 2
_MOST_STEPS: Final = 12


@dataclass(slots=True)
class NodeCount:
    """One node: `reached` calls came there, in `left` it was the last one, `gave_up` of these had got nothing."""

    reached: int = 0
    left: int = 0
    gave_up: int = 0


class MenuPaths:
    """Counts ways and nodes; add each call once."""

    def __init__(self) -> None:
        self.calls = 0
        self.paths: Counter[tuple[str, ...]] = Counter()
        self.outcomes: dict[tuple[str, ...], Counter[str]] = {}
        self.nodes: dict[str, NodeCount] = {}
        self.languages: Counter[str] = Counter()

    def add(self, call: MenuCall) -> None:
        """Count one call; one of which no place is known counts as left at the start."""
        self.calls += 1
        self.languages[call.language] += 1
        path = tuple(_shown(node, keys) for node, keys in call.steps[:_MOST_STEPS])
        self.paths[path] += 1
        self.outcomes.setdefault(path, Counter())[call.outcome or ""] += 1
        last = call.last or (call.steps[-1][0] if call.steps else START)
        for node in dict.fromkeys([*(node for node, _ in call.steps), last]):
            self.nodes.setdefault(node, NodeCount()).reached += 1
        count = self.nodes[last]
        count.left += call.outcome is not None
        count.gave_up += call.outcome == CallOutcome.ABANDONED_MENU


def _shown(node: str, keys: str) -> str:
    return f"{node} {keys}" if 0 < len(keys) <= _MOST_KEYS else node
