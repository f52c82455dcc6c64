"""An alarm in the words of the page: what is wrong and what to do. Must not know what raises it.

A kind that has no words here (a newer version stored it) shows the stored English.
"""

from __future__ import annotations

from dataclasses import dataclass

from agent_console.pages.texts import Texts
from calls.alarms import kind_and_about
from storage.alarm_repository import Alarm


@dataclass(frozen=True, slots=True)
class SaidAlarm:
    """`what`: what is wrong; `do`: how to mend it; `which`: names and paths, for an administrator."""

    alarm: Alarm
    what: str
    do: str
    which: str


class _Values(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "–"


def said(texts: Texts, alarm: Alarm) -> SaidAlarm:
    """Return the alarm in the page's words; what an older version did not store is a dash."""
    kind, about = kind_and_about(alarm.id)
    words = texts.group(f"alarm.{kind}")
    if not words:
        return SaidAlarm(alarm, alarm.text, alarm.mend, "")
    values = _Values({**alarm.data, "about": about})
    which = str(alarm.data.get("which", ""))
    return SaidAlarm(alarm, words["what"].format_map(values), words["do"].format_map(values), which)
