"""Hears which of a few phrases was said (`calls.ports.Recogniser`), or writes down all that is said.

The only file that imports vosk. Owns the check of a grammar, and asks `vosk_model` about the model's folder: what is
wrong there does not raise in vosk, it ends the whole process. Must not know what the phrases mean.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import vosk
from numpy.typing import NDArray
from typing_extensions import override

from calls.ports import HeardWords, Recogniser
from speech.audio import RATE
from speech.vosk_model import check_dictation_model, check_model

ANYTHING_ELSE: Final = "[unk]"
"""Vosk's word for what is in no phrase; without it the recogniser forces every noise into one of the choices."""
MAXIMUM_CHOICES: Final = 50
MAXIMUM_SECONDS: Final = 30
_PHRASE: Final = re.compile(r"^[^\W\d_]+( [^\W\d_]+){0,9}$")
_NOT_UNDERSTOOD: Final = frozenset({ANYTHING_ELSE, "<unk>", "<UNK>"})


class VoskRecogniser(Recogniser):
    """One model, loaded once; `hear` may run in several threads, each call has a recogniser of its own."""

    def __init__(self, model: Path) -> None:
        """Load the model. Raises ValueError saying what its folder lacks."""
        check_model(model)
        self._model = _loaded(model)

    def knows(self, word: str) -> bool:
        """Return whether the word is in the model's vocabulary."""
        return int(self._model.vosk_model_find_word(word)) >= 0

    @override
    def hear(self, samples: bytes, choices: Sequence[str]) -> HeardWords | None:
        """Return the phrase that was said, None for silence or anything else. Raises ValueError."""
        if len(samples) > MAXIMUM_SECONDS * RATE * 2:
            raise ValueError(
                f"{len(samples) / RATE / 2:.0f} s of speech; at most {MAXIMUM_SECONDS} s can be recognised"
            )
        recogniser = vosk.KaldiRecognizer(self._model, RATE, self._grammar(choices))
        recogniser.SetWords(True)
        heard: list[dict[str, Any]] = []
        if recogniser.AcceptWaveform(samples[: len(samples) // 2 * 2]):
            heard += json.loads(recogniser.Result()).get("result", [])
        heard += json.loads(recogniser.FinalResult()).get("result", [])
        said = " ".join(str(word["word"]) for word in heard)
        if said not in choices:
            return None
        return HeardWords(said, min(float(word["conf"]) for word in heard))

    def _grammar(self, choices: Sequence[str]) -> str:
        """Return the grammar as vosk may have it. Raises ValueError naming the choice that is wrong."""
        if not 1 <= len(choices) <= MAXIMUM_CHOICES:
            raise ValueError(f"{len(choices)} choices to recognise; there must be 1 to {MAXIMUM_CHOICES}")
        for choice in choices:
            if not _PHRASE.match(choice) or choice != choice.lower():
                raise ValueError(f"choice {choice[:40]!r}: small letters only, words apart by one space, at most ten")
            unknown = [word for word in choice.split() if not self.knows(word)]
            if unknown:
                raise ValueError(
                    f"choice {choice!r}: the model does not know {unknown[0]!r}; use another word or model"
                )
        # Vosk does not read \u escapes: escaped, the words with č or š would silently be left out.
        return json.dumps([*choices, ANYTHING_ELSE], ensure_ascii=False)


class VoskTranscriber:
    """Writes down whatever is said, by the model's own words. One model, loaded once; for one thread."""

    def __init__(self, model: Path) -> None:
        """Load the model. Raises ValueError saying what its folder lacks."""
        check_dictation_model(model)
        self._model = _loaded(model)

    def phrases(self, rate: int, samples: NDArray[np.int16]) -> list[tuple[float, float, str]]:
        """Return (begin, end, words) of each phrase in one lane, in seconds; a word that was not understood is `…`.

        `samples`: one dimension, `rate` (at least 8000) a second.
        """
        recogniser = vosk.KaldiRecognizer(self._model, rate)
        recogniser.SetWords(True)
        found: list[tuple[float, float, str]] = []
        for start in range(0, len(samples), rate):
            if recogniser.AcceptWaveform(samples[start : start + rate].astype("<i2").tobytes()):
                found += _phrase(recogniser.Result())
        return found + _phrase(recogniser.FinalResult())


def _phrase(result: str) -> list[tuple[float, float, str]]:
    words = json.loads(result).get("result", [])
    said = ["…" if word["word"] in _NOT_UNDERSTOOD else str(word["word"]) for word in words]
    if all(word == "…" for word in said):  # noise, or nothing
        return []
    return [(round(float(words[0]["start"]), 2), round(float(words[-1]["end"]), 2), " ".join(said))]


def _loaded(model: Path) -> Any:  # noqa: ANN401  vosk has no types
    vosk.SetLogLevel(-1)
    try:
        return vosk.Model(str(model))
    except Exception as error:  # vosk raises nothing more exact
        raise ValueError(f"{model}: vosk cannot load this model ({error}); install it again") from error
