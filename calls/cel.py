"""Channel event logging: Asterisk's own account of a call, one row per event. Owns its columns and their reading.

The order of columns is a contract with `cel_custom.conf` (asterisk_conf renders it). A row that is stored holds no
telephone number: `cel_reader` turns `caller` into a token and drops it, and long runs of digits are masked.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from calls.phones import extension_of_channel

COLUMNS: Final = (
    "event",
    "eventtime",
    "cid_num",
    "uniqueid",
    "linkedid",
    "channame",
    "appname",
    "appdata",
    "peer",
    "extra",
    "context",
    "exten",
    "userdeftype",
)
"""Columns of a line of `Master.csv`, each in double quotes; `eventtime` is seconds since 1970 with a fraction."""

OUR_NUMBER_CONTEXTS: Final = frozenset({"from-trunk", "inbound"})
"""Contexts whose extension is the public number: the only ones in which a caller is a citizen."""

_LONG_DIGITS: Final = re.compile(r"(?<![-.\w])\+?\d{6,}(?![\d.])")
"""A telephone number; not the counter at the end of a channel's name and not a uniqueid."""
OWN_WHISPER: Final = re.compile(r"^Local/[^@]*@queue-whisper-")
"""A channel by which the product speaks to a caller who waits: no call of anybody's."""
_KEPT_EXTRA: Final = frozenset({"hangupcause", "hangupsource", "dialstatus", "bridge_id"})


@dataclass(frozen=True, slots=True)
class CelRow:
    """One event. `caller` is the presented number, in memory only. `data` is what is kept of the other columns."""

    event: str
    at: datetime
    linkedid: str
    uniqueid: str
    channel: str
    data: Mapping[str, Any] = field(default_factory=dict)
    caller: str = ""

    @property
    def context(self) -> str:
        """Return the dialplan context of the channel at that moment."""
        return str(self.data.get("context", ""))

    @property
    def application(self) -> str:
        """Return the application's name, in lower case."""
        return str(self.data.get("appname", "")).lower()

    @property
    def extension(self) -> str | None:
        """Return the extension when the channel is one of our own phones."""
        return extension_of_channel(self.channel)


def masked(text: str) -> str:
    """Return `text` with every run of six digits or more replaced: no telephone number is stored with a call."""
    return _LONG_DIGITS.sub("…", text)


def parse_cel_line(line: str) -> CelRow:
    """Read one line of `Master.csv`. Raises ValueError when it has another shape."""
    try:
        rows = list(csv.reader([line], strict=True))
    except csv.Error as error:
        raise ValueError(f"not a CEL line: {error}") from error
    if len(rows) != 1 or len(rows[0]) != len(COLUMNS):
        raise ValueError(f"a CEL line has {len(COLUMNS)} columns, this one has {len(rows[0]) if rows else 0}")
    raw = dict(zip(COLUMNS, rows[0], strict=True))
    if not raw["event"] or not raw["linkedid"] or not raw["uniqueid"]:
        raise ValueError("a CEL line without event, linkedid or uniqueid")
    data: dict[str, Any] = {
        name: masked(raw[name]) for name in ("appname", "peer", "context", "exten", "userdeftype") if raw[name]
    }
    # Of a call that came in, the number that was called is ours. The trunk's channel of a call that goes out has the
    # same context, and a citizen's number there.
    if raw["context"] in OUR_NUMBER_CONTEXTS and raw["uniqueid"] == raw["linkedid"]:
        data["exten"] = raw["exten"]
    data |= _extra_of(raw["extra"])
    if raw["event"] == "USER_DEFINED":
        data["appdata"] = raw["appdata"]
    return CelRow(
        event=raw["event"],
        at=_time_of(raw["eventtime"]),
        linkedid=raw["linkedid"],
        uniqueid=raw["uniqueid"],
        channel=masked(raw["channame"]),
        data=data,
        caller=raw["cid_num"],
    )


def _time_of(text: str) -> datetime:
    try:
        return datetime.fromtimestamp(float(text), tz=UTC)
    except (OverflowError, OSError) as error:
        raise ValueError(f"not a time: {text[:20]!r}") from error


def _extra_of(text: str) -> dict[str, Any]:
    try:
        extra = json.loads(text) if text else {}
    except ValueError:
        return {"extra": masked(text)}
    if not isinstance(extra, dict):
        return {"extra": masked(text)}
    kept = {name: extra[name] for name in _KEPT_EXTRA & extra.keys()}
    if isinstance(kept.get("hangupsource"), str):
        kept["hangupsource"] = masked(kept["hangupsource"])
    if "extra" in extra:  # what a user-defined event carries: a channel's id, else words
        words = str(extra["extra"])
        kept["extra"] = words if re.fullmatch(r"[\w-]{1,40}\.\d{1,12}", words) else masked(words)
    return kept
