"""Hears which of a few phrases was said: implements `calls.ports.Recogniser`. The only file that imports vosk.

Owns every check that must come before vosk: a wrong grammar or an incomplete model does not raise there, it ends the
whole process. Must not know what the phrases mean.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import vosk
from typing_extensions import override

from calls.ports import HeardWords, Recogniser
from speech.audio import RATE

ANYTHING_ELSE: Final = "[unk]"
"""Vosk's word for what is in no phrase; without it the recogniser forces every noise into one of the choices."""
MAXIMUM_CHOICES: Final = 50
MAXIMUM_SECONDS: Final = 30
_PHRASE: Final = re.compile(r"^[^\W\d_]+( [^\W\d_]+){0,9}$")
_NEEDED_FILES: Final = ("am/final.mdl", "conf/model.conf", "conf/mfcc.conf", "graph/words.txt")
_RUNTIME_GRAPH: Final = ("graph/HCLr.fst", "graph/Gr.fst", "graph/disambig_tid.int")
_UNSET_ABORTS: Final = "--endpoint.silence-phones"


class VoskRecogniser(Recogniser):
    """One model, loaded once; `hear` may run in several threads, each call has a recogniser of its own."""

    def __init__(self, model: Path) -> None:
        """Load the model. Raises ValueError saying what its folder lacks."""
        check_model(model)
        vosk.SetLogLevel(-1)
        try:
            self._model = vosk.Model(str(model))
        except Exception as error:  # vosk raises nothing more exact
            raise ValueError(f"{model}: vosk cannot load this model ({error}); install it again") from error

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


def check_model(folder: Path) -> None:
    """Raise ValueError unless the folder is a Vosk model that can take a grammar for each question."""
    lacking = [name for name in (*_NEEDED_FILES, *_RUNTIME_GRAPH) if not (folder / name).is_file()]
    if lacking:
        raise ValueError(f"{folder}: no Vosk model for run-time grammars here, {lacking[0]} is missing")
    if _UNSET_ABORTS not in (folder / "conf" / "model.conf").read_text("utf-8", "replace"):
        raise ValueError(f"{folder}/conf/model.conf: {_UNSET_ABORTS} is missing; vosk would end the process")
