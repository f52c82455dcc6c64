"""What a page makes of an alarm that was really raised, and in which language a sentence is."""

import re

from agent_console.pages.alarm_words import said
from agent_console.pages.texts import Texts


def on_pages(alarm):
    """Return what is wrong and what to do, in Serbian; every place of the sentences must be filled."""
    found = said(Texts("sr"), alarm)
    assert found.what != alarm.text, f"{alarm.id} has no words"
    assert "–" not in found.what + found.do, f"{alarm.id} was raised without what its sentence names: {alarm.data}"
    return found.what, found.do


ENGLISH = re.compile(r"\b(?:the|is|are|not|and|of|call|check|wait)\b", re.IGNORECASE)
SERBIAN = re.compile(r"[čćđšž]|\b(?:je|nije|da|se|na|poziv\w*|snim\w*)\b", re.IGNORECASE)
"""Words that no text of the language does without, and the other one has not."""
