"""What the journal holds: one entry per step of a call, written before the caller hears its result.

Owns the kinds of entries and their data; must not know files or SQL. Key of an entry: (`linkedid`, `step`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from calls.ids import LinkedId


class EntryKind(StrEnum):
    """Kinds of journal entries. The comment beside each names the keys of its `data`."""

    CALL_ARRIVED = "call.arrived"  # caller (presented text), did, uniqueid, route, recording (file stem)
    MENU_STEP = "call.menu"  # flow, node, keys, language
    LANGUAGE_CHOSEN = "call.language"  # language
    INFORMATION_HEARD = "call.information"  # flow, node
    STATUS_ASKED = "call.status_asked"  # case, found (bool)
    QUEUED = "call.queued"  # queue, language
    MESSAGE_LEFT = "call.message"  # audio (path below the recordings folder), seconds, case
    CASE_CREATED = "case.created"  # case, pin_hash, kind, service_code, description, channel, language, audio, caller
    CALLBACK_ASKED = (
        "call.callback_asked"  # caller (whom to call, E.164), queue, queued_at (s since 1970), priority, language
    )
    CALLBACK_FAILED = "call.callback_failed"  # attempts: the citizen could not be reached; written beside the journal
    FLOW_ENDED = "call.flow_ended"  # destination, reason, flow, node (where it was); to a queue also queue, priority
    FLOW_FAILED = "call.flow_failed"  # node, error: the caller was handed to a human
    SESSION = "call.session"  # session: the engine's state as JSON, for the second server to resume from
    NOTICE_CHANGED = "notice.changed"  # active (bool), audio, by (extension)
    ORDER_ANSWERED = "order.answered"  # order, attempt, keys, outcome
    ALARM_ANSWERED = "alarm.answered"  # alarm (script id), attempt, keys, outcome


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One fact. `step` counts from 1 within a call and goes on after a resume; `at` is timezone-aware (UTC)."""

    linkedid: LinkedId
    step: int
    kind: EntryKind
    at: datetime
    node: int
    data: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return one line of JSON without a line end; control characters and non-ASCII text are escaped."""
        return json.dumps(
            {
                "linkedid": self.linkedid,
                "step": self.step,
                "kind": self.kind.value,
                "at": self.at.isoformat(),
                "node": self.node,
                "data": dict(self.data),
            },
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, line: str) -> JournalEntry:
        """Read what `to_json` wrote. Raises ValueError (or KeyError) on anything else."""
        raw = json.loads(line)
        return cls(
            linkedid=LinkedId(raw["linkedid"]),
            step=int(raw["step"]),
            kind=EntryKind(raw["kind"]),
            at=datetime.fromisoformat(raw["at"]),
            node=int(raw["node"]),
            data=raw["data"],
        )


def language_of(entries: Sequence[JournalEntry]) -> str:
    """Return the language that the caller chose last, as far as the entries know; else an empty string."""
    for entry in reversed(entries):
        if entry.kind is EntryKind.LANGUAGE_CHOSEN:
            return str(entry.data.get("language", ""))
    return ""
