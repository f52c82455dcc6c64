"""A call's channels, read out of its CEL rows. Must not know SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from calls.cel import CelRow


def legs_of(rows: Sequence[CelRow]) -> list[dict[str, Any]]:
    """Return a row of `call_legs` for each channel that began; `rows` in time order."""
    legs: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row.event == "CHAN_START":
            legs[row.uniqueid] = {
                "uniqueid": row.uniqueid,
                "linkedid": row.linkedid,
                "channel": row.channel,
                "extension": row.extension,
                "started_at": row.at,
                "answered_at": None,
                "ended_at": None,
                "cause": None,
            }
        elif row.uniqueid in legs and row.event == "ANSWER":
            legs[row.uniqueid]["answered_at"] = row.at
        elif row.uniqueid in legs and row.event in {"HANGUP", "CHAN_END"}:
            legs[row.uniqueid]["ended_at"] = row.at
            if isinstance(row.data.get("hangupcause"), int):
                legs[row.uniqueid]["cause"] = row.data["hangupcause"]
    return list(legs.values())
