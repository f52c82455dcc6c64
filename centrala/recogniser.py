"""The recogniser of this installation: whether there is one, and the process that hears recordings with it.

Owns the joining of recordings and speech, which do not know one another. Without a model nothing here runs.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from centrala.settings import Settings
from recordings.line_process import LineProcess, LineProcessError
from recordings.month_keys import MonthKeys
from recordings.texts import Phrase
from recordings.transcriber import Recogniser, TranscribeError
from speech.vosk_model import check_dictation_model
from storage.recording_repository import Recording

_START = 600.0
_FACTOR = 4.0
"""Seconds that hearing may take: to load the model, and for each second of the recording, on a slow machine."""


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model that can be used, and what it understands."""

    folder: Path
    languages: tuple[str, ...]


class NoModelError(Exception):
    """There is none that can be used. `str(error)` says why; `wanted`: a model is set, so that is a fault."""

    def __init__(self, why: str, *, wanted: bool) -> None:
        super().__init__(why)
        self.wanted = wanted


def installed_model(settings: Settings) -> InstalledModel:
    """Return the model of these settings. Raises NoModelError."""
    speech = settings.speech
    if not speech.vosk_model:
        raise NoModelError("no model is installed (speech.vosk_model is empty)", wanted=False)
    folder = Path(speech.vosk_model).resolve()
    if importlib.util.find_spec("vosk") is None:
        raise NoModelError("the package vosk is not installed", wanted=True)
    try:
        check_dictation_model(folder)
    except (ValueError, OSError) as error:
        raise NoModelError(str(error), wanted=True) from error
    languages = tuple(one for one in speech.vosk_languages.replace(" ", "").split(",") if one)
    if not languages:
        raise NoModelError("speech.vosk_languages names no language", wanted=True)
    return InstalledModel(folder, languages)


def recogniser_of(model: InstalledModel, keys: MonthKeys, recordings: Path) -> Recogniser:
    """Return what hears recordings, in a process of its own at the lowest priority."""
    first = {"folder": str(keys.folder), "master": keys.master.hex(), "model": str(model.folder)}
    process = LineProcess("centrala.transcribing_worker", first)

    async def hear(recording: Recording) -> list[Phrase]:
        asked = {"recording": recording.id, "path": str(recordings / recording.path)}
        try:
            answer = await process.ask(asked, within=_START + _FACTOR * (recording.seconds or 0))
        except LineProcessError as error:
            raise TranscribeError(f"the process that hears recordings does not answer: {error}") from error
        phrases = answer.get("phrases")
        if not isinstance(phrases, list):
            raise TranscribeError(str(answer.get("error")))
        return [Phrase(*one) for one in phrases]

    return Recogniser(model.languages, hear, process.close)
