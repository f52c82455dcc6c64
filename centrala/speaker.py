"""Makes the speaker of run-time sentences from the espeak-ng that is here."""

from __future__ import annotations

from asterisk_conf.installation import find_tool
from centrala.errors import CommandFailed
from centrala.layout import Layout
from speech.espeak import Espeak
from speech.sentence_speaker import EspeakSentenceSpeaker


def make_speaker(layout: Layout) -> EspeakSentenceSpeaker:
    """Return a speaker into the folder of run-time sentences. Raises CommandFailed when espeak-ng is missing."""
    tool = find_tool(layout.home, "espeak-ng")
    if tool is None:
        raise CommandFailed("espeak-ng is missing; run ./run, it installs what is missing")
    return EspeakSentenceSpeaker(Espeak(tool.argv, tool.env), layout.said)
