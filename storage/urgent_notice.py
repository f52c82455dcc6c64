"""The urgent notice that callers hear before the menu: `urgent.json` and its recordings, in one folder.

Owns the file's shape; must not know who records or plays it. A process that reads it sees a change at the next call.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from calls.ports import Clock
from ivr.context import UrgentNotice
from storage.durable_file import write_durably

_log = logging.getLogger(__name__)
LONGEST: Final = timedelta(hours=12)
"""How long a notice lasts for which nobody said until when."""


class UrgentNoticeFile:
    """Reads and writes the notice. Reading costs one `stat` while nothing changes."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._path = folder / "urgent.json"
        self._clock = clock
        self._seen: tuple[int, int] | None = None
        self._notice: UrgentNotice | None = None

    def current(self) -> UrgentNotice | None:
        """Return the notice that is on. A damaged file is reported and counts as none: the menu must not fail on it."""
        try:
            found = self._path.stat()
            seen = (found.st_mtime_ns, found.st_ino)
            if seen != self._seen:
                self._seen, self._notice = seen, None
                self._notice = _parse(json.loads(self._path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            self._seen = self._notice = None
        except (OSError, ValueError, KeyError, TypeError) as error:
            _log.error("%s cannot be read, callers hear no urgent notice: %s", self._path, error)
        notice = self._notice
        if notice is not None and notice.until is not None and notice.until <= self._clock():
            return None
        return notice

    def new_recording(self) -> Path:
        """Return where the next recorded notice goes, without extension; its folder exists. Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder / f"notice-{self._clock():%Y%m%d-%H%M%S-%f}"

    def switch_on(
        self,
        sound: Path | None = None,
        texts: Mapping[str, str] | None = None,
        *,
        until: datetime | None = None,
        by: str = "",
    ) -> None:
        """Make a recording (path without extension), or a text per language, the notice. Raises OSError.

        It ends by itself at `until`, else after twelve hours: a notice that everybody forgot misleads everybody.
        """
        ends = until or self._clock() + LONGEST
        told = {"active": True, "sound": str(sound or ""), "texts": dict(texts or {})}
        self._write({**told, "until": ends.isoformat(), "by": by})

    def switch_off(self) -> None:
        """Switch the notice off; off already is not an error. Raises OSError."""
        self._write({"active": False, "sound": "", "texts": {}})

    def _write(self, body: dict[str, object]) -> None:
        text = json.dumps({**body, "at": self._clock().isoformat()}, ensure_ascii=False)
        write_durably(self._path, text.encode("utf-8"))


def _parse(raw: Mapping[str, object]) -> UrgentNotice | None:
    texts = raw["texts"]
    if not raw["active"]:
        return None
    if not isinstance(texts, dict):
        raise ValueError("`texts` must be an object of language: text")
    until, since = raw.get("until"), raw.get("at")
    return UrgentNotice(
        str(raw["sound"]),
        {str(language): str(text) for language, text in texts.items()},
        datetime.fromisoformat(str(until)) if until else None,
        str(raw.get("by", "")),
        datetime.fromisoformat(str(since)) if since else None,
    )
