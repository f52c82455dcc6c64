"""The process that hears recordings: a recording per line in, its phrases per line out. Ends when its input does.

It runs at the lowest priority, below the one that seals; what vosk does to it costs a try, not the console. The sound
is decrypted in its memory only. Run as `python -m centrala.transcribing_worker`.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

from recordings.line_worker import Answer, serve
from recordings.month_keys import KeyDamagedError, KeyGoneError, MonthKeys
from recordings.opus import OpusError, decode
from recordings.sealing import SOUND
from recordings.texts import BOTH, CALLER, SYSTEM
from recordings.vault import TamperedError, open_sealed
from speech.vosk_recogniser import VoskTranscriber

LOWEST_PRIORITY = 19


def main() -> None:
    """Serve until the input ends. The first line names the key folder and the model, and gives the master key."""
    os.setpriority(os.PRIO_PROCESS, 0, LOWEST_PRIORITY)
    serve(_begin)


def _begin(first: dict[str, Any]) -> Answer:
    keys = MonthKeys(Path(first["folder"]), bytes.fromhex(first["master"]))
    model = cache(lambda: VoskTranscriber(Path(first["model"])))

    def answer(asked: dict[str, Any]) -> dict[str, Any]:
        try:
            return {"phrases": phrases_of(asked, keys, model())}
        except (OSError, KeyError, ValueError, KeyGoneError, KeyDamagedError, TamperedError, OpusError) as error:
            return {"error": f"{type(error).__name__}: {error}"}

    return answer


def phrases_of(
    asked: dict[str, str], keys: MonthKeys, transcriber: VoskTranscriber
) -> list[tuple[int, float, float, str]]:
    """Return (lane, begin, end, words), in the order of speaking. Raises as opening, decoding and hearing do."""
    sealed = open_sealed(Path(asked["path"]), asked["recording"], keys)
    rate, samples = decode(sealed.read(SOUND))
    lanes = (CALLER, SYSTEM) if samples.shape[1] > 1 else (BOTH,)
    found = [
        (lane, *phrase) for column, lane in enumerate(lanes) for phrase in transcriber.phrases(rate, samples[:, column])
    ]
    return sorted(found, key=lambda phrase: (phrase[1], phrase[0]))


if __name__ == "__main__":
    main()
