"""Who looks at which case or draft right now, as their live connections say. Owns places and who is told.

In memory of the console process only: a connection that is lost takes its person away. Nothing is stored or numbered.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from agent_console.access import Permission, may

if TYPE_CHECKING:
    from agent_console.live import Client

_PLACE: Final = re.compile(r"^(case:\d{8,18}|draft:[A-Za-z0-9.:_-]{1,80})$")
_NEEDS: Final = {"case": Permission.CASES_READ, "draft": Permission.CASES_WRITE}
_LONGEST: Final = 300


@dataclass(slots=True)
class Presence:
    """Places and the clients there. `send` puts a text into one client's queue without waiting."""

    send: Callable[[Client, str], None]
    _places: dict[Client, str] = field(default_factory=dict)

    def hear(self, client: Client, text: str) -> None:
        """Take what a client said: `{"at": "case:NUMBER"}`. Anything else, or what the role may not see, is nowhere."""
        place = ""
        if len(text) <= _LONGEST:
            try:
                said = json.loads(text)
                place = str(said.get("at", "")) if isinstance(said, dict) else ""
            except ValueError:
                return
        if place == f"draft:user:{client.username}" or not _allowed(client, place):
            place = ""
        before = self._places.get(client, "")
        if place == before:
            return
        if place:
            self._places[client] = place
        else:
            self._places.pop(client, None)
        self._tell({before, place} - {""})

    def leave(self, client: Client) -> None:
        """Forget a client whose connection ended."""
        place = self._places.pop(client, "")
        if place:
            self._tell({place})

    def people(self, place: str) -> tuple[str, ...]:
        """Return the user names at a place, sorted."""
        return tuple(sorted({client.username for client, where in self._places.items() if where == place}))

    async def tell_change(self, place: str, name: str, value: str, version: int, by: str) -> None:
        """Tell the others at a draft that a field was written."""
        data = {"place": place, "field": name, "value": value, "version": version, "by": by}
        self._send_to(
            (client for client, where in self._places.items() if where == place and client.username != by),
            "draft.changed",
            data,
        )

    def _tell(self, places: Iterable[str]) -> None:
        for place in places:
            data = {"place": place, "people": list(self.people(place))}
            self._send_to([client for client, where in self._places.items() if where == place], "presence", data)

    def _send_to(self, clients: Iterable[Client], kind: str, data: Mapping[str, object]) -> None:
        text = json.dumps({"type": kind, "data": data})
        for client in list(clients):
            self.send(client, text)


def _allowed(client: Client, place: str) -> bool:
    return bool(_PLACE.match(place)) and may(client.role, _NEEDS[place.partition(":")[0]])
