"""Answers to orders, on the disk before "received" is said. Owns the spool's files; must not know SQL.

The database may be away when a crew presses a key. What they were told is kept here, and imported when it is back.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cases.ladder import AttemptOutcome
from storage.durable_file import write_durably

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What a crew answered, and when (timezone-aware)."""

    order: str
    attempt: int
    outcome: AttemptOutcome
    keys: str
    at: datetime


class AckSpool:
    """A folder with one file per answer. Methods touch the disk (about a millisecond)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, answer: KeptAnswer) -> None:
        """Return after the answer is on the disk. Raises OSError when it is not."""
        body = {
            "order": answer.order,
            "attempt": answer.attempt,
            "outcome": answer.outcome.value,
            "keys": answer.keys,
            "at": answer.at.isoformat(),
        }
        write_durably(self._path(answer.order, answer.attempt), json.dumps(body).encode("ascii"))

    def kept(self) -> list[KeptAnswer]:
        """Return the answers not yet in the database, oldest first; a damaged file is reported and passed over."""
        answers = []
        for path in self._folder.glob("*.ack"):
            try:
                raw = json.loads(path.read_text(encoding="utf-8"))
                at = datetime.fromisoformat(raw["at"])
                outcome = AttemptOutcome(raw["outcome"])
                answers.append(KeptAnswer(str(raw["order"]), int(raw["attempt"]), outcome, str(raw["keys"]), at))
            except (OSError, ValueError, KeyError, TypeError) as error:
                _log.error("%s: not a kept answer (%s); look at it and remove it", path, error)
        return sorted(answers, key=lambda answer: answer.at)

    def drop(self, order: str, attempt: int) -> None:
        """Forget an answer that the database has."""
        self._path(order, attempt).unlink(missing_ok=True)

    def _path(self, order: str, attempt: int) -> Path:
        return self._folder / f"{order}-{attempt}.ack"
