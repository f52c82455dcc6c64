"""State of one call in the flow engine, as JSON. Owns its shape; must not know flows, journals or sockets.

Secrets (a PIN that was keyed or given) live in the memory of the process only: `to_json` leaves them out, so they
reach no disk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Session:
    """Where a call stands: the node at which it waits, what it knows, how often it tried.

    `tries` counts wrong answers at the current node; `turns` counts all turns of the call; `path` holds the last
    steps as `flow.node` or `flow.node=key`.
    """

    flow: str
    node: str
    language: str
    tries: int = 0
    turns: int = 0
    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    path: tuple[str, ...] = ()
    ended: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return a dictionary that `json.dumps` takes; without the secrets."""
        return {
            "flow": self.flow,
            "node": self.node,
            "language": self.language,
            "tries": self.tries,
            "turns": self.turns,
            "variables": dict(self.variables),
            "path": list(self.path),
            "ended": self.ended,
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Session:
        """Read what `to_json` made. Raises ValueError when it has another shape."""
        try:
            return cls(
                flow=str(raw["flow"]),
                node=str(raw["node"]),
                language=str(raw["language"]),
                tries=int(raw["tries"]),
                turns=int(raw["turns"]),
                variables={str(name): str(value) for name, value in raw["variables"].items()},
                path=tuple(str(step) for step in raw["path"]),
                ended=bool(raw["ended"]),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a saved call session: {error!r}") from error
