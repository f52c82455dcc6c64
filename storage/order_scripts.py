"""Orders waiting to be read out on a telephone: one small file each. Owns the file's shape; must not know who dials."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final

from typing_extensions import override

from calls.ports import OrderScripts, OrderToRead
from storage.durable_file import write_durably

_ORDER_ID: Final = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")


class FileOrderScripts(OrderScripts):
    """Orders as `<folder>/<order id>.json`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @override
    def put(self, order_id: str, order: OrderToRead) -> None:
        body = {
            "language": order.language,
            "sounds": [str(path) for path in order.sounds],
            "attempt": order.attempt,
            "replies": {outcome: str(path) for outcome, path in order.replies.items()},
        }
        write_durably(self._path(order_id), json.dumps(body).encode("ascii"))

    @override
    def get(self, order_id: str) -> OrderToRead:
        path = self._path(order_id)
        try:
            raw = json.loads(path.read_text(encoding="ascii"))
            replies = {str(outcome): Path(sound) for outcome, sound in raw.get("replies", {}).items()}
            sounds = tuple(Path(sound) for sound in raw["sounds"])
            return OrderToRead(str(raw["language"]), sounds, int(raw["attempt"]), replies)
        except FileNotFoundError:
            raise LookupError(f"no order {order_id} is waiting to be read out") from None
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path} is not an order script: {error}") from error

    def _path(self, order_id: str) -> Path:
        if not _ORDER_ID.match(order_id):
            raise ValueError(f"not an order id: {order_id[:40]!r}")
        return self._folder / f"{order_id}.json"
